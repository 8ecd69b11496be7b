import { reveal } from "../../../src/model/secret.ts";
import type { Effects, FakeNode } from "../../../src/testing/fakeNode.ts";

/** kubeadm's part, and flannel's, which comes with the node's pods. */
const become = (node: FakeNode): void => {
  node.write("/run/flannel/subnet.env", "");
  node.write("/etc/kubernetes/provision/initialised", "");
  node.write("/etc/kubernetes/provision/kubelet-config", "1.36\n");
  node.start("kubelet.service");
};

/** As kubeadm writes them, as far as a version can be read from them. */
export function runStaticPods(node: FakeNode, version: string, etcd: string): void {
  const manifest = (name: string, tag: string): void =>
    node.write(
      `/etc/kubernetes/manifests/${name}.yaml`,
      `kind: Pod\nspec:\n  containers:\n  - command:\n    - ${name}\n    image: registry.k8s.io/${name}:${tag}\n`,
      "600",
    );
  for (const name of ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]) manifest(name, version);
  manifest("etcd", etcd);
}

/** What the scripts of roles do to a machine, as far as facts can see it. */
export const effects: Effects = {
  "note what stands on the machine before": (node) => {
    node.host.claimedBy = "lab";
  },
  "load overlay": (node) => node.modules.add("overlay"),
  "load br_netfilter": (node) => node.modules.add("br_netfilter"),
  "set sysctls": (node) => {
    const config = node.paths.get("/etc/sysctl.d/90-provision.conf");
    const text = config?.kind === "file" ? config.text : "";
    for (const [, key = "", value = ""] of text.matchAll(/^(\S+) = (.*)$/gm)) node.sysctls.set(key, value);
  },
  "copy cni-plugins 1.9.1 to /opt/cni/bin": (node) =>
    node.copies.add("/opt/provision/store/cni-plugins-1.9.1-3c2af40d7ffd /opt/cni/bin"),
  "make a key for secrets at rest": (node, action) =>
    node.write("/etc/kubernetes/provision/encryption.yaml", action.kind === "run" ? reveal(action.stdin ?? "") : "", "600"),
  "kubeadm init": (node, action) => {
    const made = action.kind === "job" ? /printf %s '([0-9a-f]{64}\n)'/.exec(action.script.text)?.[1] : undefined;
    node.write("/etc/kubernetes/provision/applied", made ?? "");
    runStaticPods(node, "v1.36.4", "3.6.8-0");
    become(node);
  },
  "publish a bootstrap token": () => undefined,
  // The captured cluster knows its workers already.
  "remove what the cluster still knows of an earlier w-1": () => undefined,
  "kubeadm join": become,
  "kubeadm join as a control plane": become,
  "make the static pods from the current configuration": (node, action) => {
    const made = action.kind === "job" ? /printf %s '([0-9a-f]{64}\n)'/.exec(action.script.text)?.[1] : undefined;
    node.write("/etc/kubernetes/provision/applied", made ?? "");
  },
  "approve-serving-certificates": (node) => node.write("/var/lib/kubelet/pki/kubelet-server-current.pem", ""),
};
