import { binary, type Component } from "./component.ts";

const KUBERNETES_COMMANDS = [
  "kubeadm",
  "kubelet",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubectl",
];

/** The seven commands of one release, from its modules. Seen to resolve: 1.35.4 and 1.36.4; seen not to: 1.35.5 to 1.35.7. */
export function kubernetes(version: string): Component {
  const minor = version.split(".")[1] ?? "";
  const variables = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((package_) => [
    [`${package_}.gitVersion`, `v${version}`],
    [`${package_}.gitMajor`, "1"],
    [`${package_}.gitMinor`, minor],
    [`${package_}.gitTreeState`, "clean"],
  ]);
  return {
    name: "kubernetes",
    version,
    build: {
      modules: { "k8s.io/kubernetes": `v${version}` },
      staging: { module: "k8s.io/kubernetes", version: `v0.${version.slice(2)}` },
      commands: Object.fromEntries(KUBERNETES_COMMANDS.map((command) => [`k8s.io/kubernetes/cmd/${command}`, command])),
      variables: Object.fromEntries(variables),
    },
    publish: ["kubeadm", "kubelet", "kubectl"].map((command) => binary(command, version)),
    seconds: 330,
  };
}
