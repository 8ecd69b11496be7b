import { hostFacts } from "../../src/facts/hostFacts.ts";
import { sh } from "../../src/host/sh.ts";
import { wantedSysctls } from "../../src/preflight/host/wantedSysctls.ts";
import { resource, resourceStep } from "../../src/role/resource.ts";
import { file } from "../../src/role/resources/file.ts";
import { sysctls } from "../../src/role/resources/sysctls.ts";
import { nodeStep } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";

/** overlay: containerd's snapshotter. br_netfilter: a Service whose pod is on the caller's own bridge is answered with the Service's address. */
const modules = ["overlay", "br_netfilter"];

/** Present when loaded, or built in, which leaves other traces than lsmod. */
const present: Readonly<Record<string, string>> = {
  overlay: "grep -qw overlay /proc/filesystems",
  br_netfilter: "[ -d /proc/sys/net/bridge ]",
};

export const kernelModules = resourceStep({
  id: "os/modules",
  summary: "kernel modules are there, now and after a boot",
  after: ["os/claim"],
  resources: () => [
    file({ path: "/etc/modules-load.d/provision.conf", content: `${modules.join("\n")}\n` }),
    ...modules.map((name) =>
      resource(
        { present: { key: `module ${name}`, script: sh.raw(present[name] ?? "false"), parse: ({ code }) => code === 0 } },
        {
          differs: (facts) => (facts.present ? [] : [{ what: "module", action: "set", target: name, detail: "modprobe" }]),
          make: () => [
            {
              kind: "run",
              summary: `load ${name}`,
              script: sh`modprobe ${name} && echo ${name} >>/var/lib/provision/undo/modules`,
            },
          ],
          unmake: [
            {
              kind: "run",
              summary: `unload ${name} if it was loaded here`,
              script: sh`grep -qx ${name} /var/lib/provision/undo/modules 2>/dev/null || exit 0; modprobe -r ${name} || true`,
            },
          ],
        },
      ),
    ),
  ],
});

export const sysctl = resourceStep({
  id: "os/sysctl",
  summary: "kernel settings that Kubernetes needs",
  after: ["os/modules"],
  resources: ({ cluster }) => [sysctls(wantedSysctls(cluster))],
});

export const swap = nodeStep({
  id: "os/swap",
  summary: "swap is off",
  after: ["os/claim"],
  when: (_node, cluster) => cluster.os.swap === "disable",
  facts: () => ({ host: hostFacts }),
  check: ({ facts: { host } }) =>
    host.swapDevices.length === 0
      ? ok
      : { status: "change", changes: [{ what: "swap", action: "stop", target: host.swapDevices.join(", ") }] },
  apply: () => [
    {
      kind: "run",
      summary: "turn swap off",
      script: sh`swapoff -a && systemctl mask --quiet swap.target && : >/var/lib/provision/undo/swap`,
    },
  ],
  remove: () => [
    {
      kind: "run",
      summary: "turn swap back on",
      script: sh`[ -e /var/lib/provision/undo/swap ] || exit 0; systemctl unmask --quiet swap.target && swapon -a`,
    },
  ],
});
