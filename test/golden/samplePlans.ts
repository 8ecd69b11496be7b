import type { Plan, PlannedStep } from "../../src/plan/plan.ts";
import type { Change, Reason, Verdict } from "../../src/role/verdict.ts";
import { ok } from "../../src/role/verdict.ts";

export const nodes = ["cp-1", "w-1", "w-2"];
export const digest = (letter: string): string => `sha256:${letter.repeat(12)}`;

export const containerdBefore = `version = 3

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = 'registry.k8s.io/pause:3.10.1'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
`;
const containerdAfter = containerdBefore.replace("3.10.1", "3.10.2");

export const step = (
  id: string,
  summary: string,
  node: string | null,
  verdict: Verdict,
  after: readonly string[] = [],
): PlannedStep => ({
  id: node === null ? id : `${id}@${node}`,
  summary,
  node,
  after,
  verdict,
});
export const change = (...changes: readonly Change[]): Verdict => ({ status: "change", changes });
export const blocked = (...reasons: readonly Reason[]): Verdict => ({ status: "blocked", reasons });

const images = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kube-proxy", "pause"];
const versionOf = (name: string): string => (name === "etcd" ? "3.6.6-0" : name === "pause" ? "3.10.2" : "v1.36.4");
const pulls = (names: readonly string[]): readonly Change[] =>
  names.map((name) => ({
    what: "image",
    action: "pull",
    target: `registry.k8s.io/${name}:${versionOf(name)}`,
    detail: digest(name.slice(0, 1)),
  }));

const sysctls = change(
  { what: "file", action: "create", target: "/etc/sysctl.d/90-provision.conf", before: "", after: "net.ipv4.ip_forward = 1\n" },
  { what: "sysctl", action: "set", target: "net.ipv4.ip_forward", detail: "0 -> 1" },
  { what: "sysctl", action: "set", target: "net.bridge.bridge-nf-call-iptables", detail: "not there -> 1" },
);
const program = (name: string, folder: string): readonly Change[] => [
  { what: "binary", action: "create", target: folder, detail: folder.slice(folder.lastIndexOf("/") + 1).replace("-", " ") },
  { what: "binary", action: "create", target: `/usr/local/bin/${name}`, detail: `-> ${folder}/${name}` },
];
const containerdService = change(
  { what: "file", action: "create", target: "/etc/systemd/system/containerd.service", before: "", after: "[Service]\n" },
  { what: "unit", action: "enable", target: "containerd.service" },
  { what: "unit", action: "start", target: "containerd.service", detail: "is inactive" },
);

/** Three bare machines: everything is to be done. */
export const fresh: Plan = {
  cluster: "rack-4",
  diagnostics: [],
  steps: [
    ...nodes.flatMap((node) => [
      step("os/host", "the machine can run Kubernetes", node, ok),
      step("os/swap", "swap is off", node, change({ what: "swap", action: "stop", target: "/dev/sda2", detail: "2 GiB" })),
      step("os/sysctls", "kernel settings", node, sysctls),
      step(
        "containerd/program",
        "containerd's programs",
        node,
        change(...program("containerd", "/opt/provision/store/containerd-2.3.4")),
      ),
      step(
        "containerd/config",
        "containerd's configuration",
        node,
        change({ what: "file", action: "create", target: "/etc/containerd/config.toml", before: "", after: containerdAfter }),
      ),
      step("containerd/service", "containerd runs", node, containerdService),
      step("images/pulled", "images are on the node", node, change(...pulls(node === "cp-1" ? images : images.slice(4)))),
      step("kubelet/program", "the kubelet", node, change(...program("kubelet", "/opt/provision/store/kubelet-1.36.4"))),
    ]),
    step(
      "control-plane/init",
      "the first control plane",
      "cp-1",
      change(
        { what: "command", action: "run", target: "kubeadm init" },
        { what: "file", action: "create", target: "/etc/kubernetes/encryption.yaml" },
      ),
    ),
    ...nodes
      .slice(1)
      .map((node) =>
        step(
          "worker/join",
          "the node is in the cluster",
          node,
          change({ what: "command", action: "run", target: "kubeadm join" }),
        ),
      ),
    step(
      "cni/flannel",
      "pod network",
      null,
      change(
        { what: "object", action: "create", target: "daemonset kube-flannel/kube-flannel-ds" },
        { what: "object", action: "create", target: "configmap kube-flannel/kube-flannel-cfg" },
      ),
    ),
  ],
};

/** One file of the inventory changed: the pause image. */
export const edited: Plan = {
  cluster: "rack-4",
  diagnostics: [
    {
      severity: "warning",
      code: "inventory/ipvs-deprecated",
      message: "kube-proxy's ipvs mode is deprecated",
      place: { file: "cluster.yaml", line: 7, column: 15 },
      seen: "ipvs",
      hint: "write nftables",
    },
  ],
  steps: nodes.flatMap((node) => [
    step(
      "os/host",
      "the machine can run Kubernetes",
      node,
      node === "w-2"
        ? {
            status: "ok",
            warnings: [
              {
                code: "host/clock",
                message: "the clock is not synchronised",
                seen: "NTPSynchronized=no",
                hint: "systemctl enable --now systemd-timesyncd",
              },
            ],
          }
        : ok,
    ),
    step("os/sysctls", "kernel settings", node, ok),
    step(
      "containerd/config",
      "containerd's configuration",
      node,
      node === "cp-1"
        ? ok
        : change({
            what: "file",
            action: "update",
            target: "/etc/containerd/config.toml",
            before: containerdBefore,
            after: containerdAfter,
          }),
    ),
    step(
      "containerd/service",
      "containerd runs",
      node,
      node === "cp-1"
        ? ok
        : change({
            what: "unit",
            action: "restart",
            target: "containerd.service",
            disrupts: "no new container starts on the node for a few seconds",
          }),
    ),
  ]),
};

/** Two nodes refuse for one reason, one does not answer. */
