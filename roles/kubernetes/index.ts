import { storePath } from "../../src/artifacts/storePath.ts";
import { existsFact, fileFact } from "../../src/facts/files.ts";
import { sh } from "../../src/host/sh.ts";
import { initialisedPath } from "../../src/kube/apiPrelude.ts";
import { isControlPlane, type NodeSpec } from "../../src/model/cluster.ts";
import { compareMinors, minorOf } from "../../src/model/versions.ts";
import { clearAway } from "../../src/network/clearAway.ts";
import { networkParts } from "../../src/network/parts.ts";
import { sysctlBack } from "../../src/network/sysctlBack.ts";
import { artifactOf, imageOf, kubernetesSet, usedImage } from "../../src/role/artifactOf.ts";
import { resourceStep } from "../../src/role/resource.ts";
import { file } from "../../src/role/resources/file.ts";
import { link, stored } from "../../src/role/resources/stored.ts";
import { installed, running, type Service } from "../../src/role/resources/unit.ts";
import { type NodeTarget, nodeStep, type Step, type Target } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { apiServerReady } from "../control-plane/apiServerReady.ts";
import { apiEndpoint, kubeletConfigPath, noteKubeletConfig } from "./join.ts";

/** kubectl only where there is an administrator's kubeconfig. */
const programs = (node: NodeSpec): readonly string[] => ["kubeadm", "kubelet", ...(isControlPlane(node) ? ["kubectl"] : [])];
const bin = (name: string): string => `/usr/local/bin/${name}`;
const artifact = (target: Target, name: string) => artifactOf(target, name, target.cluster.kubernetes.version);

function kubelet(target: NodeTarget): Service {
  const { failCgroupV1, maxPods, evictionHard } = target.cluster.kubelet;
  const settings = target.render("kubernetes/50-provision.conf", {
    failCgroupV1,
    maxPods,
    evictionHard,
    hasEviction: Object.keys(evictionHard).length > 0,
  });
  return {
    unit: "kubelet.service",
    content: target.render("kubernetes/kubelet.service", {}),
    files: [{ path: "/etc/kubernetes/kubelet.conf.d/50-provision.conf", content: settings }],
    links: [{ path: bin("kubelet"), target: `${storePath(artifact(target, "kubelet"))}/kubelet` }],
  };
}

export const kubeProxyImage = ({ cluster }: Target): string => `registry.k8s.io/kube-proxy:v${cluster.kubernetes.version}`;

/** Images kubeadm's own pods run, by what `kubeadm config images list` of that version says (kept in the catalog), and what takes their place. */
export function kubernetesImages(target: Target, controlPlane: boolean): readonly string[] {
  const { version } = target.cluster.kubernetes;
  const set = kubernetesSet(target);
  // kubeadm makes its kube-proxy from upstream's image; another one comes a step later.
  const proxy = kubeProxyImage(target);
  const everywhere = [...new Set([`registry.k8s.io/pause:${set.pause}`, proxy, usedImage(target, proxy)])];
  if (!controlPlane) return everywhere;
  const plane = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map(
    (name) => `registry.k8s.io/${name}:v${version}`,
  );
  return [...plane, `registry.k8s.io/etcd:${set.etcd}`, ...everywhere];
}

/** Stops all pods and takes away what the kubelet and the CNI left in the kernel and under /var/lib. */
const leave = nodeStep({
  id: "kubernetes/leave",
  summary: "pods, mounts, interfaces and rules can be taken away",
  after: ["containerd/service"],
  facts: () => ({}),
  check: () => ok,
  apply: () => [],
  remove: () => [
    {
      kind: "job",
      name: "leave",
      summary: "stop all pods, remove their mounts, interfaces and rules",
      deadlineSeconds: 180,
      script: sh`systemctl stop kubelet.service 2>/dev/null
if command -v crictl >/dev/null && systemctl -q is-active containerd.service; then timeout 90 crictl rmp -af >/dev/null 2>&1; fi
systemctl stop containerd.service 2>/dev/null
pkill -KILL -f '^/usr/local/bin/containerd-shim-runc-v2|^/opt/provision/store/containerd.*/containerd-shim' ; true
awk '$2 ~ "^/(var/lib/kubelet|run/containerd|var/lib/containerd|run/netns)/" {print $2}' /proc/mounts | sort -r | while read -r m; do umount -l "$m"; done
for n in /run/netns/cni-*; do [ -e "$n" ] && rm -f "$n"; done
${sh.lines(networkParts.map(({ owns }) => clearAway(owns)))}
ip -o link | sed -n 's/^[0-9]*: \\(veth[^:@]*\\)@.* link-netnsid .*/\\1/p' | while read -r i; do ip link delete "$i"; done
for t in 'ip kube-proxy' 'ip6 kube-proxy' 'inet cni_hostport'; do nft delete table $t 2>/dev/null; done
for c in iptables ip6tables; do
  command -v "$c-save" >/dev/null || continue
  "$c-save" 2>/dev/null | grep -v -e KUBE- -e CNI- -e flannel | "$c-restore" 2>/dev/null
done
${sysctlBack("net.ipv4.conf.all.route_localnet", "0")}
systemctl stop kubepods.slice 2>/dev/null
find /sys/fs/cgroup -depth -type d -path '*kubepods*' -exec rmdir {} \\; 2>/dev/null
for d in /var/lib/kubelet /var/lib/etcd /var/lib/cni /etc/cni/net.d /var/log/pods /var/log/containers; do [ -d "$d" ] && find "$d" -xdev -mindepth 1 -delete; done
rm -rf /etc/kubernetes/manifests /etc/kubernetes/pki /etc/kubernetes/provision
for c in admin super-admin controller-manager scheduler kubelet bootstrap-kubelet; do rm -f "/etc/kubernetes/$c.conf"; done; true`,
    },
  ],
});

/**
 * /var/lib/kubelet/config.yaml as the version's own kubeadm writes it, from what the cluster hands out to all kubelets; this tool's
 * settings stand beside it in kubelet.conf.d. Another minor may write another one: kubeadm's phase kubelet-config. What a release does beside
 * it on every node is its phase post-upgrade; kubeadm 1.35 takes an option out of kubeadm-flags.env with which its kubelet does not start.
 */
const kubeletConfig = nodeStep({
  id: "kubernetes/kubelet-config",
  summary: "the kubelet's configuration is the version's own",
  // kubeadm asks the API through the node's proxy, which a restart of containerd takes away for a moment.
  after: ["kubernetes/store", "containerd/service", "endpoint/proxy"],
  facts: () => ({ marks: existsFact([initialisedPath]), written: fileFact(kubeletConfigPath, true) }),
  check: ({ facts: { marks, written }, cluster }) => {
    const minor = minorOf(cluster.kubernetes.version);
    if (!marks.has(initialisedPath) || (written.kind === "file" && written.content === `${minor}\n`)) return ok;
    const detail = `as kubeadm ${minor} writes it`;
    return { status: "change", changes: [{ what: "file", action: "update", target: "/var/lib/kubelet/config.yaml", detail }] };
  },
  apply: (target) => {
    const kubeconfig = isControlPlane(target.node) ? "/etc/kubernetes/admin.conf" : "/etc/kubernetes/kubelet.conf";
    const program = `${storePath(artifact(target, "kubeadm"))}/kubeadm`;
    const tasks = compareMinors(minorOf(target.cluster.kubernetes.version), "1.35") >= 0;
    const phases = ["kubelet-config", ...(tasks ? ["post-upgrade"] : [])];
    return [
      {
        kind: "wait",
        condition: {
          summary: "the API answers the node's own way",
          script: sh`timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' ${apiEndpoint(target).split(/:(?=\d+$)/)}`,
          unmet: ({ code }) => (code === 0 ? null : "it does not answer yet"),
          intervalMs: 500,
          deadlineMs: 60_000,
        },
      },
      {
        kind: "run",
        summary: `kubeadm's ${phases.length === 1 ? "phase" : "phases"} ${phases.join(", ")}`,
        script: sh`for p in ${phases}; do ${program} upgrade node phase "$p" --kubeconfig ${kubeconfig} || exit 1; done; ${noteKubeletConfig(target)}`,
      },
    ];
  },
});

/** The programs, the kubelet and the images that kubeadm works with. */
export const kubernetes: readonly Step[] = [
  resourceStep({
    id: "kubernetes/store",
    summary: "Kubernetes' programs are in the store",
    stage: true,
    after: ["os/claim"],
    resources: (target) => programs(target.node).map((name) => stored(artifact(target, name))),
  }),
  leave,
  kubeletConfig,
  resourceStep({
    id: "kubernetes/images",
    summary: "the images of Kubernetes are on the node",
    stage: true,
    after: ["containerd/service"],
    resources: (target) => kubernetesImages(target, isControlPlane(target.node)).map((ref) => imageOf(target, ref)),
  }),
  resourceStep({
    id: "kubernetes/kubelet-unit",
    summary: "the kubelet is installed",
    after: ["kubernetes/store", "kubernetes/kubelet-config", "os/sysctl", "kubernetes/leave"],
    resources: (target) => [
      ...programs(target.node).map((name) => link(bin(name), `${storePath(artifact(target, name))}/${name}`)),
      ...kubelet(target).files.map(file),
      installed(kubelet(target)),
    ],
  }),
  resourceStep({
    id: "kubernetes/kubelet",
    summary: "the kubelet runs the current program and settings",
    // The kubelet must not be newer than its API server: version-skew-policy.
    after: ["kubernetes/kubelet-unit", "control-plane/up", "control-plane/applied", "worker/join"],
    resources: (target) => [running(kubelet(target), "the kubelet, for seconds; pods go on")],
    // Some seconds after its start a kubelet of another version makes its static pods anew, the API server among them.
    verify: ({ node }) => (isControlPlane(node) ? [{ ...apiServerReady(node), holdMs: 8_000 }] : []),
  }),
];
