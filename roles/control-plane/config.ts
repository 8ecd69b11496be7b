import { stringify } from "yaml";
import { kubernetesSet } from "../../src/role/artifactOf.ts";
import { sha256 } from "../../src/role/resources/file.ts";
import type { Target } from "../../src/role/step.ts";
import { kubeProxyConfig } from "../kube-proxy/config.ts";
import { apiEndpoint } from "../kubernetes/join.ts";

const clusterConfigPath = "/etc/kubernetes/provision/cluster.yaml";

/**
 * kubeadm's configuration of the whole cluster: the same on every control plane, no secrets in it. `version` is what it calls the
 * cluster's version; images beside Kubernetes' own are always those of the inventory's.
 */
export function clusterConfig(target: Target, version = target.cluster.kubernetes.version): string {
  const { cluster, render } = target;
  const set = kubernetesSet(target);
  return render("control-plane/cluster.yaml", {
    name: cluster.name,
    version: `v${version}`,
    endpoint: apiEndpoint(target),
    pods: cluster.network.pods,
    services: cluster.network.services,
    dnsDomain: cluster.network.dnsDomain,
    certSans: ["127.0.0.1", "localhost", ...(cluster.endpoint.kind === "external" ? [cluster.endpoint.host] : [])],
    encryptSecrets: cluster.security.encryptSecrets,
    auditLog: cluster.security.auditLog,
    etcd: set.etcd,
    coredns: set.coredns,
    kubeProxy: cluster.network.kubeProxy.mode === "none" ? "" : stringify(kubeProxyConfig(cluster)).trimEnd(),
    failCgroupV1: cluster.kubelet.failCgroupV1,
  });
}

/** Files the API server reads, by name under /etc/kubernetes/provision. */
export function apiServerFiles(target: Target): readonly { readonly path: string; readonly content: string }[] {
  const { security } = target.cluster;
  const at = (name: string, data: Record<string, unknown> = {}) => ({
    path: `/etc/kubernetes/provision/${name}`,
    content: target.render(`control-plane/${name}`, data),
  });
  const read = [
    at("authentication.yaml"),
    at("admission.yaml", { podSecurity: security.podSecurity }),
    ...(security.auditLog ? [at("audit-policy.yaml")] : []),
  ];
  // The API server reads these when it starts. Their digest stands in its pod, so that another content makes another pod.
  const annotations = { "provision/files": sha256(read.map((one) => one.content).join("\0")) };
  return [
    ...read,
    {
      path: "/etc/kubernetes/provision/patches/kube-apiserver+merge.json",
      content: `${JSON.stringify({ metadata: { annotations } })}\n`,
    },
    { path: clusterConfigPath, content: clusterConfig(target) },
  ];
}
