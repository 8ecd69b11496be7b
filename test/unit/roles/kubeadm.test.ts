import { describe, expect, test } from "vitest";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { inventory } from "./sample.ts";
import { at, documents, hardest, kinds, written } from "./written.ts";

const lab = inventory("lab");
const ha = inventory("lab-ha");

describe("what kubeadm is told", () => {
  test("init: the cluster, this machine, kube-proxy and the kubelet, in kubeadm's own kinds", () => {
    const text = at(written(lab, "cp-1"), "/run/provision/kubeadm-init.yaml");
    expect(kinds(text)).toEqual(["ClusterConfiguration", "KubeProxyConfiguration", "KubeletConfiguration", "InitConfiguration"]);
    const [cluster, proxy, kubelet, init] = documents(text);
    expect(cluster).toMatchObject({
      apiVersion: "kubeadm.k8s.io/v1beta4",
      clusterName: "lab",
      kubernetesVersion: "v1.36.4",
      controlPlaneEndpoint: "127.0.0.1:7443",
      networking: { podSubnet: "10.244.0.0/16", serviceSubnet: "10.96.0.0/16", dnsDomain: "cluster.local" },
      apiServer: { certSANs: ["127.0.0.1", "localhost"] },
    });
    expect(proxy).toMatchObject({ mode: "nftables", clusterCIDR: "10.244.0.0/16", conntrack: { maxPerCore: 0, min: 0 } });
    expect(kubelet).toMatchObject({ serverTLSBootstrap: true, failCgroupV1: false });
    expect(init).toMatchObject({
      localAPIEndpoint: { advertiseAddress: "10.77.0.11", bindPort: 6443 },
      nodeRegistration: { name: "cp-1", kubeletExtraArgs: [{ name: "node-ip", value: "10.77.0.11" }] },
    });
  });

  test("a value that YAML reads in its own way stays a text", () => {
    const odd = sampleCluster({ workers: 0, extra: "containerd: {version: 2.2.9, runc: 1.3.6}" });
    const named = { ...odd, name: "on", network: { ...odd.network, dnsDomain: "1e3" } };
    const [cluster] = documents(at(written(named, "cp-1"), "/etc/kubernetes/provision/cluster.yaml"));
    expect(cluster).toMatchObject({ clusterName: "on", networking: { dnsDomain: "1e3" } });
  });

  test("a worker's join trusts the cluster's own CA and nothing it is told on the way", () => {
    const files = written(lab, "w-1");
    const [join] = documents(at(files, "/run/provision/kubeadm-join.yaml"));
    expect(join).toMatchObject({
      kind: "JoinConfiguration",
      discovery: { file: { kubeConfigPath: "/run/provision/kubeadm-discovery.conf" } },
      nodeRegistration: { name: "w-1", taints: [] },
    });
    expect(join).not.toHaveProperty("controlPlane");
    const [conf] = documents(at(files, "/run/provision/kubeadm-discovery.conf"));
    const { clusters } = conf as { clusters: { cluster: Record<string, string> }[] };
    const { server, "certificate-authority-data": ca } = clusters[0]?.cluster ?? {};
    expect(server).toBe("https://127.0.0.1:7443");
    expect(Buffer.from(ca ?? "", "base64").toString()).toMatch(/^-----BEGIN CERTIFICATE-----/);
  });

  test("a control plane keeps ordinary pods away, unless it is a worker too", () => {
    const taints = (cluster: ClusterSpec): unknown => {
      const init = documents(at(written(cluster, "cp-1"), "/run/provision/kubeadm-init.yaml"))[3];
      return (init as { nodeRegistration: { taints: unknown } }).nodeRegistration.taints;
    };
    expect(taints(lab)).toEqual([{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }]);
    const nodes = lab.nodes.map((node) =>
      node.name === "cp-1" ? { ...node, roles: ["control-plane", "worker"] as const } : node,
    );
    expect(taints({ ...lab, nodes })).toEqual([]);
  });
});

describe("what the API server is told", () => {
  const args = (cluster: ClusterSpec): readonly string[] => {
    const [config] = documents(at(written(cluster, "cp-1"), "/etc/kubernetes/provision/cluster.yaml"));
    return (config as { apiServer: { extraArgs: { name: string }[] } }).apiServer.extraArgs.map((one) => one.name);
  };

  test("secrets encrypted and an audit log kept, unless switched off", () => {
    expect(args(lab)).toEqual(expect.arrayContaining(["encryption-provider-config", "audit-policy-file", "audit-log-path"]));
    expect(args(hardest)).toEqual(["authentication-config", "admission-control-config-file"]);
    expect([...written(hardest, "cp-1").keys()]).not.toContain("/etc/kubernetes/provision/encryption.yaml");
  });

  test("the key for secrets at rest has 32 bytes, and what is not encrypted yet can still be read", () => {
    const [config] = documents(at(written(lab, "cp-1"), "/etc/kubernetes/provision/encryption.yaml"));
    const [resource] = (
      config as { resources: { providers: { secretbox?: { keys: { secret: string }[] }; identity?: object }[] }[] }
    ).resources;
    expect(Buffer.from(resource?.providers[0]?.secretbox?.keys[0]?.secret ?? "", "base64")).toHaveLength(32);
    expect(resource?.providers[1]).toEqual({ identity: {} });
  });

  test("anonymous requests reach health probes and cluster-info, nothing else", () => {
    const [config] = documents(at(written(lab, "cp-1"), "/etc/kubernetes/provision/authentication.yaml"));
    const { enabled, conditions } = (config as { anonymous: { enabled: boolean; conditions: { path: string }[] } }).anonymous;
    expect(enabled).toBe(true);
    for (const { path } of conditions)
      expect(path).toMatch(/^\/(livez|readyz|healthz)$|^\/api\/v1\/namespaces\/kube-public\/configmaps\/cluster-info$/);
  });

  test("namespaces that say nothing get the inventory's Pod Security level; kube-system is exempt", () => {
    const [config] = documents(at(written(hardest, "cp-1"), "/etc/kubernetes/provision/admission.yaml"));
    const { configuration } = (config as { plugins: { configuration: unknown }[] }).plugins[0] as { configuration: unknown };
    expect(configuration).toMatchObject({
      defaults: { enforce: "restricted" },
      exemptions: { namespaces: expect.arrayContaining(["kube-system"]) },
    });
  });
});

describe("the API proxy", () => {
  const servers = (cluster: ClusterSpec): readonly string[] =>
    [...at(written(cluster, "w-1"), "/etc/provision/api-proxy/haproxy.cfg").matchAll(/^ {2}server (.+)$/gm)].map(
      ([, line]) => line ?? "",
    );

  test("knows every control plane of the inventory, and no worker", () => {
    expect(servers(ha)).toEqual(["cp-1 10.77.0.11:6443", "cp-2 10.77.0.12:6443", "cp-3 10.77.0.13:6443"]);
    expect(servers({ ...ha, nodes: ha.nodes.filter((node) => node.name !== "cp-2") })).toEqual([
      "cp-1 10.77.0.11:6443",
      "cp-3 10.77.0.13:6443",
    ]);
  });

  test("listens on loopback alone, at the inventory's port", () => {
    const text = at(
      written({ ...lab, endpoint: { kind: "node-local", port: 8443 } }, "w-1"),
      "/etc/provision/api-proxy/haproxy.cfg",
    );
    expect([...text.matchAll(/^ {2}bind (.+)$/gm)].map(([, address]) => address)).toEqual(["127.0.0.1:8443"]);
  });

  test("is not there when the inventory names a load balancer", () => {
    expect([...written(hardest, "w-1").keys()].filter((path) => path.includes("api-proxy"))).toEqual([]);
  });
});

test("containerd asks the mirror's registry for every upstream, and upstream itself when there is none", () => {
  expect(at(written(lab, "w-1"), "/etc/containerd/certs.d/_default/hosts.toml")).toContain('[host."http://10.77.0.254:5000"]');
  const official = { ...lab, artifacts: { from: "official" } as const };
  expect([...written(official, "w-1").keys()]).not.toContain("/etc/containerd/certs.d/_default/hosts.toml");
});
