import type { CiliumSpec } from "../../../src/model/cni/cilium.ts";
import type { Target } from "../../../src/role/step.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { catalog, harness } from "./sample.ts";

/** In the shape of the chart's output: what the overlay touches or must leave alone. */
const rendered = `
apiVersion: v1
kind: ConfigMap
metadata: {name: cilium-config, namespace: kube-system}
data: {ipam: kubernetes}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec:
  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 2}}
  template:
    metadata: {labels: {k8s-app: cilium}}
    spec:
      initContainers:
        - name: clean-cilium-state
          image: quay.io/cilium/cilium:v1.18.5@sha256:${"e".repeat(64)}
          securityContext: {capabilities: {add: [NET_ADMIN, SYS_RESOURCE], drop: [ALL]}}
      containers:
        - name: cilium-agent
          image: quay.io/cilium/cilium:v1.18.5
          securityContext: {capabilities: {add: [CHOWN, SYS_RESOURCE], drop: [ALL]}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: hubble-generate-certs, namespace: kube-system}
spec: {template: {spec: {containers: [{name: certgen, image: "quay.io/cilium/certgen:v0.3.0"}]}}}
`;

/** `cni`: JSON of what is not as in the first lines. */
export const cluster = (extra = "", cni = "") => {
  const inventory = sampleCluster({ extra });
  const own: CiliumSpec = {
    name: "cilium",
    version: "1.18.5",
    kubeProxyReplacement: false,
    routing: "vxlan",
    ipam: "kubernetes",
    hubble: { enabled: false, relay: false, tls: true },
    upgradeCompatibility: null,
    values: {},
    ...(cni === "" ? {} : (JSON.parse(cni) as Partial<CiliumSpec>)),
  };
  return { ...inventory, network: { ...inventory.network, cni: own } };
};

export const target = (of = cluster()): Target => ({
  ...harness(of).target,
  catalog: {
    ...catalog,
    images: ["cilium/cilium:v1.18.5", "cilium/certgen:v0.3.0"].map((name) => ({
      ref: `quay.io/${name}`,
      digest: `sha256:${"a".repeat(64)}`,
    })),
  },
  chart: () => rendered,
});
