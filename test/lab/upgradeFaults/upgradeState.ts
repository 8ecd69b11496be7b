import type { Scenario } from "../scenarios/scenario.ts";

interface Node {
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly spec: { readonly unschedulable?: boolean; readonly taints?: readonly unknown[] };
  readonly status: {
    readonly nodeInfo: Record<string, string>;
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}

interface Pod {
  readonly metadata: {
    readonly ownerReferences?: readonly { readonly kind: string }[];
    readonly labels?: Record<string, string>;
  };
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export interface NodeState {
  readonly name: string;
  /** "1.36.4" */
  readonly kubelet: string;
  readonly ready: boolean;
  readonly cordoned: boolean;
  /** Bears this tool's mark of a cordon. */
  readonly marked: boolean;
}

const isTrue = (conditions: readonly { readonly type: string; readonly status: string }[] = [], type = "Ready") =>
  conditions.some((one) => one.type === type && one.status === "True");

const nodesOf = async (it: Scenario): Promise<readonly Node[]> =>
  (JSON.parse(await it.kubectl("get nodes -o json")) as { items: Node[] }).items;

/** Every node as the cluster sees it, by name. */
export async function nodeStates(it: Scenario): Promise<Readonly<Record<string, NodeState>>> {
  const states = (await nodesOf(it)).map(({ metadata, spec, status }) => ({
    name: metadata.name,
    kubelet: (status.nodeInfo.kubeletVersion ?? "").replace(/^v/, ""),
    ready: isTrue(status.conditions),
    cordoned: spec.unschedulable === true,
    marked: metadata.annotations?.["provision/cordoned"] !== undefined,
  }));
  return Object.fromEntries(states.map((state) => [state.name, state]));
}

/** What decides what a machine runs, as "path digest" or "link target" lines; what a run may leave behind is in it too. Not images: kubelets clear those away. */
const MACHINE = String.raw`cd /
for f in etc/kubernetes/manifests/* etc/kubernetes/kubelet.conf.d/* var/lib/kubelet/config.yaml var/lib/kubelet/kubeadm-flags.env var/lib/kubelet/instance-config.yaml \
  etc/containerd/config.toml etc/crictl.yaml etc/systemd/system/containerd.service etc/systemd/system/kubelet.service etc/systemd/system/*.service.d/* etc/sysctl.d/90-provision.conf; do
  [ ! -f "$f" ] || sha256sum "$f"; done
find etc/provision etc/kubernetes/provision -type f -printf '%p %m\n' 2>/dev/null | sort
find usr/local/bin -lname '/opt/provision/store/*' -printf '%p %l\n' | sort
ls -A opt/provision/store var/lib/provision/before run/provision/jobs 2>/dev/null
find / -xdev \( -name '*.provision-new*' -o -path '*/store/*.partial*' \) 2>/dev/null
systemctl list-units --all --plain --no-legend 'provision-*' | awk '{print $1, $3, $4}'
systemctl is-active containerd kubelet`;

/** All that two ways to the same version must agree on, one line each. */
export async function upgradeState(it: Scenario): Promise<readonly string[]> {
  const machines = await Promise.all(
    it.lab.nodes.map(async ({ name }) => (await it.on(name, MACHINE)).split("\n").map((line) => `${name}: ${line}`)),
  );
  const nodes = (await nodesOf(it)).map(({ metadata, spec, status }) => {
    const { kubeletVersion, containerRuntimeVersion } = status.nodeInfo;
    const conditions = status.conditions.map((one) => `${one.type}=${one.status}`).sort();
    const marks = Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith("provision/"));
    return [
      metadata.name,
      kubeletVersion,
      containerRuntimeVersion,
      ...conditions,
      `cordoned=${spec.unschedulable === true}`,
      ...marks,
    ].join(" ");
  });
  const { items } = JSON.parse(await it.kubectl("get pods -A -l '!pod-template-hash' -o json")) as { items: Pod[] };
  const pods = items.map(({ metadata, spec, status }) => {
    const { component, app, "k8s-app": k8sApp } = metadata.labels ?? {};
    return `pod ${component ?? k8sApp ?? app} of ${spec.nodeName}: ${spec.containers.map(({ image }) => image).join(" ")} ready=${isTrue(status.conditions)}`;
  });
  const configs = JSON.parse(
    await it.kubectl("-n kube-system get configmap kubeadm-config kubelet-config kube-proxy coredns -o json"),
  ) as { items: readonly { metadata: { name: string }; data: unknown }[] };
  const settings = configs.items.map(({ metadata, data }) => `settings ${metadata.name} ${JSON.stringify(data)}`);
  return [...machines.flat(), ...nodes.sort(), ...pods.sort(), ...settings];
}

/** Lines that are in one of the two alone. */
export const unlike = (wanted: readonly string[], found: readonly string[]): readonly string[] => [
  ...wanted.filter((line) => !found.includes(line)).map((line) => `missing: ${line}`),
  ...found.filter((line) => !wanted.includes(line)).map((line) => `new: ${line}`),
];
