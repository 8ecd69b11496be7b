import { existsFact } from "../../src/facts/files.ts";
import { sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import { felixHealthPort, isVxlan } from "../../src/network/calico.ts";
import type { Condition } from "../../src/role/action.ts";
import { nodeStep } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { calicoOf } from "./manifest.ts";

/** Written by the init container of the node's calico-node; a container runtime makes no pod without it. */
const confFile = "/etc/cni/net.d/10-calico.conflist";

/** Asks the node's own loopback with nothing but bash; the status line and the body, lines ended as HTTP does. */
const ask = (port: number, path: string) =>
  sh`timeout 5 bash -c ${`exec 3<>/dev/tcp/127.0.0.1/${port} && printf 'GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && cat <&3`}`;

/** Felix itself says whether it is ready, and which of its parts is not. */
const felixReady: Condition = {
  summary: "Felix is ready",
  script: ask(felixHealthPort, "/readiness"),
  unmet: ({ code, stdout }) => {
    if (code !== 0 && stdout === "") return `nothing answers on 127.0.0.1:${felixHealthPort}`;
    if (/^HTTP\/1\.\d 200 /.test(stdout)) return null;
    const body = stdout.slice(stdout.indexOf("\r\n\r\n") + 4).trim();
    return `it says it is not${body === "" ? "" : `: ${notReadyParts(body)}`}`;
  },
  intervalMs: 500,
  deadlineMs: 120_000,
  evidence: sh`crictl ps -a --name calico-node; crictl logs --tail 15 "$(crictl ps -aq --name '^calico-node$' | head -n 1)" 2>&1`,
};

/** Felix's table of its parts, without those that are well. */
const notReadyParts = (body: string): string =>
  body
    .split(/\r?\n/)
    .filter((line) => /reporting (?:non-ready|non-live)|timed out/i.test(line))
    .map((line) => line.replace(/[|+]/g, " ").replace(/\s+/g, " ").trim())
    .join("; ")
    .slice(0, 300) || body.replace(/\s+/g, " ").slice(0, 200);

/** felix_resync_state: 1 waits for the datastore, 2 resyncs, 3 is in sync. felix/calc of projectcalico/calico. */
const inSync = (port: number): Condition => ({
  summary: "Felix is in sync with the datastore",
  script: ask(port, "/metrics"),
  unmet: ({ code, stdout }) => {
    if (code !== 0 && stdout === "") return `nothing answers on 127.0.0.1:${port}`;
    const state = /^felix_resync_state (\d+)/m.exec(stdout)?.[1];
    if (state === "3") return null;
    return state === undefined
      ? "it does not tell felix_resync_state"
      : state === "2"
        ? "it resyncs"
        : "it waits for the datastore";
  },
  intervalMs: 500,
  deadlineMs: 120_000,
});

/** Another machine reaches this one through the tunnel: the address of its end belongs to the node itself, whose kubelet answers there. */
const tunnelReaches = (node: NodeSpec): Condition => ({
  summary: `${node.name} is reached through the pod network`,
  where: "control-plane",
  script: sh`a=$(k get node ${node.name} -o jsonpath='{.metadata.annotations.projectcalico\\.org/IPv4VXLANTunnelAddr}'); [ -n "$a" ] || exit 3
timeout 3 bash -c "exec 3<>/dev/tcp/$a/10250"`,
  unmet: ({ code }) =>
    code === 0 ? null : code === 3 ? "its tunnel has no address yet" : "its kubelet does not answer on its tunnel's address",
  intervalMs: 500,
  deadlineMs: 60_000,
});

export const node = nodeStep({
  id: "calico/node",
  summary: "Calico serves the node: pods get addresses, policies are kept",
  after: ["calico/installed", "calico/pod"],
  when: (_node, cluster) => cluster.network.cni.name === "calico",
  facts: () => ({ files: existsFact([confFile]) }),
  check: ({ facts: { files } }) =>
    files.has(confFile) ? ok : { status: "change", changes: [{ what: "node", action: "look", target: confFile }] },
  apply: () => [],
  verify: ({ cluster, node }) => {
    const calico = calicoOf(cluster);
    return [
      felixReady,
      ...(calico.felix.metrics === "off" ? [] : [inSync(calico.felix.metricsPort)]),
      ...(isVxlan(calico) ? [tunnelReaches(node)] : []),
    ];
  },
});
