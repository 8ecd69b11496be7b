import type { Lab } from "../lab/lab.ts";

/** What a person types on prepared machines, with as few words as possible: no audit log, no encryption at rest, no serving certificates. */
const config = (address: string): string => `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: ${address}}
nodeRegistration: {name: cp-1, criSocket: "unix:///run/containerd/containerd.sock", ignorePreflightErrors: [SystemVerification], kubeletExtraArgs: [{name: node-ip, value: ${address}}]}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.4
networking: {podSubnet: 10.244.0.0/16}
etcd: {local: {imageTag: 3.6.8-0}}
dns: {imageTag: v1.14.2}
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
conntrack: {maxPerCore: 0, min: 0}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
failCgroupV1: false
`;

/** kubeadm init, the CNI's manifest, one kubeadm join; ends when both nodes are Ready and cluster DNS runs. Throws with what a command said. */
export async function byHand(lab: Lab, cniManifest: string): Promise<void> {
  const [plane, worker] = [lab.node("cp-1"), lab.node("w-1")];
  const run = async (node: string, script: string): Promise<string> => {
    const reply = await lab.exec(node, script);
    if (reply.exitCode !== 0)
      throw new Error(`${node}: ${script.slice(0, 60)}: ${reply.stderr.trim().split("\n").slice(-4).join("\n")}`);
    return reply.stdout.trim();
  };
  const kubectl = "export KUBECONFIG=/etc/kubernetes/admin.conf; kubectl";
  // The settings that provision gives its own kubelets ask for serving certificates, which nobody signs here.
  for (const node of [plane.name, worker.name])
    await run(node, "sed -i '/serverTLSBootstrap/d' /etc/kubernetes/kubelet.conf.d/50-provision.conf");
  await run(
    plane.name,
    `cat >/run/hand.yaml <<'E'\n${config(plane.address)}E\nkubeadm init --config /run/hand.yaml >/run/hand.log 2>&1 || { tail -n 5 /run/hand.log >&2; exit 1; }`,
  );
  await run(
    plane.name,
    `curl -fsS ${cniManifest} | sed 's/"EnableNFTables": false/"EnableNFTables": true/' >/run/flannel.yml; ${kubectl} apply -f /run/flannel.yml >/dev/null`,
  );
  const join = await run(plane.name, "kubeadm token create --print-join-command 2>/dev/null");
  await run(
    worker.name,
    `${join} --node-name w-1 --cri-socket unix:///run/containerd/containerd.sock --ignore-preflight-errors SystemVerification >/run/hand.log 2>&1 || { tail -n 5 /run/hand.log >&2; exit 1; }`,
  );
  await run(
    plane.name,
    `${kubectl} wait --for=condition=Ready node/cp-1 node/w-1 --timeout=180s >/dev/null && kubectl -n kube-system rollout status deployment/coredns --timeout=180s >/dev/null`,
  );
}
