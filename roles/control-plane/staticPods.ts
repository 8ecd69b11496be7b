import { type FileState, fileFact } from "../../src/facts/files.ts";
import { kubernetesSet } from "../../src/role/artifactOf.ts";
import type { NodeTarget } from "../../src/role/step.ts";

export const kubernetesPods = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
const manifest = (name: string): string => `/etc/kubernetes/manifests/${name}.yaml`;

/** What the kubelet runs as static pods, as their manifests. */
export const manifestFacts = {
  apiServer: fileFact(manifest("kube-apiserver"), true),
  controllers: fileFact(manifest("kube-controller-manager"), true),
  scheduler: fileFact(manifest("kube-scheduler"), true),
  etcd: fileFact(manifest("etcd"), true),
};
type Manifests = { readonly [K in keyof typeof manifestFacts]: FileState };

/** "v1.36.4" of "image: registry.k8s.io/kube-apiserver:v1.36.4"; null when there is no manifest, or none that names a tag. */
function tagOf(state: FileState): string | null {
  const text = state.kind === "file" ? (state.content ?? "") : "";
  return /^\s*image: "?[^\s"@]*\/[^\s"@/:]+:([\w.-]+)/m.exec(text)?.[1] ?? null;
}

/** "3.6.6-0" is older than "3.6.10-0". kubeadm takes etcd forward, never back. */
function isOlder(tag: string, wanted: string): boolean {
  const [a, b] = [tag, wanted].map((one) => one.split(/[.-]/).map(Number));
  const at = (a ?? []).findIndex((number, index) => number !== b?.[index]);
  return at >= 0 && (a?.[at] ?? 0) < (b?.[at] ?? 0);
}

interface OldPods {
  /** The Kubernetes version that is left, "1.35.4"; the wanted one when only etcd is old. */
  readonly from: string;
  /** "etcd 3.6.6-0 -> 3.6.8-0", for people. */
  readonly details: readonly string[];
}

/** What of this node's static pods is of another version than wanted; null: nothing, or there are none yet. */
export function oldPods(target: NodeTarget, manifests: Manifests): OldPods | null {
  const { version } = target.cluster.kubernetes;
  const wantedEtcd = kubernetesSet(target).etcd;
  const tags = [manifests.apiServer, manifests.controllers, manifests.scheduler].map(tagOf);
  const old = tags.find((tag) => tag !== null && tag !== `v${version}`) ?? null;
  const etcd = tagOf(manifests.etcd);
  const etcdOld = etcd !== null && isOlder(etcd, wantedEtcd);
  if (old === null && !etcdOld) return null;
  const from = old?.replace(/^v/, "") ?? version;
  return {
    from,
    details: [
      ...(old === null ? [] : [`Kubernetes ${from} -> ${version}`]),
      ...(etcdOld ? [`etcd ${etcd} -> ${wantedEtcd}`] : []),
    ],
  };
}
