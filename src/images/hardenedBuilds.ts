/** An image of upstream's, and SUSE's rebuilt one that does its work. */
export interface HardenedBuild {
  /** Repositories of upstream's; releases moved some from one registry to another. */
  readonly upstream: readonly string[];
  /** Without the prefix that all share: "flannel". */
  readonly name: string;
  /** The version a build is looked for by, of upstream's tag; null: not an image this build stands in for. */
  readonly versionOf: (tag: string) => string | null;
}

const plain = (tag: string): string | null => /^v(\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.?\d+)?)$/.exec(tag)?.[1] ?? null;
const build = (name: string, upstream: readonly string[], versionOf = plain): HardenedBuild => ({ name, upstream, versionOf });
const calico = (image: string): readonly string[] => [`docker.io/calico/${image}`, `quay.io/calico/${image}`];
const multus = ["ghcr.io/k8snetworkplumbingwg/multus-cni"];

/** One image for node, plug-ins and controllers; Typha and the API server of Calico are not in it. */
export const hardenedBuilds: readonly HardenedBuild[] = [
  build("flannel", ["ghcr.io/flannel-io/flannel", "docker.io/flannel/flannel"]),
  build(
    "cni-plugins",
    ["ghcr.io/flannel-io/flannel-cni-plugin", "docker.io/flannel/flannel-cni-plugin"],
    (tag) => /^v(\d+\.\d+\.\d+)-flannel\d+$/.exec(tag)?.[1] ?? null,
  ),
  build("calico", ["node", "cni", "kube-controllers", "pod2daemon-flexvol"].flatMap(calico)),
  build("multus-cni", multus),
  build("multus-thick", multus, (tag) => (tag.endsWith("-thick") ? plain(tag.slice(0, -"-thick".length)) : null)),
  build("coredns", ["registry.k8s.io/coredns/coredns"]),
  build("kubernetes", ["registry.k8s.io/kube-proxy"]),
];

/** Images that have a rebuilt one which cannot take their place here, and why. */
export const notReplaced: Readonly<Record<string, string>> = Object.fromEntries([
  ...["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map((name) => [
    `registry.k8s.io/${name}`,
    "kubeadm's static pods are named <repository>/<component>:v<version>; hardened-kubernetes is one image for all with tags of its own",
  ]),
  [
    "registry.k8s.io/etcd",
    "kubeadm names it <repository>/etcd:<tag>, and hardened-etcd has no etcdutl, by which every backup here is tried",
  ],
]);
