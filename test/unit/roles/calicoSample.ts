import { roles } from "../../../roles/index.ts";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import type { CalicoSpec } from "../../../src/model/cni/calico.ts";
import { RoleHarness } from "../../../src/testing/roleHarness.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { catalog, templatesFolder } from "./sample.ts";

/** In the shape of Calico's own: what the overlay touches, and one object of each kind it must leave alone. */
const manifest = (typha: boolean): string => `
apiVersion: v1
kind: ServiceAccount
metadata: {name: calico-node, namespace: kube-system}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: calico-config, namespace: kube-system}
data: {typha_service_name: "none", calico_backend: "bird", veth_mtu: "0", cni_network_config: "{}"}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ippools.crd.projectcalico.org}
spec: {group: crd.projectcalico.org}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec:
  updateStrategy: {type: RollingUpdate}
  template:
    metadata: {labels: {k8s-app: calico-node}}
    spec:
      initContainers:
        - {name: install-cni, image: "docker.io/calico/cni:v3.28.5", env: [{name: CNI_CONF_NAME, value: 10-calico.conflist}]}
      containers:
        - name: calico-node
          image: docker.io/calico/node:v3.28.5
          env:
            - {name: NODENAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
            - {name: CALICO_IPV4POOL_IPIP, value: "Always"}
          livenessProbe: {exec: {command: [/bin/calico-node, -felix-live, -bird-live]}, periodSeconds: 10}
          readinessProbe: {exec: {command: [/bin/calico-node, -felix-ready, -bird-ready]}, periodSeconds: 10}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: calico-kube-controllers, namespace: kube-system}
spec:
  template: {spec: {containers: [{name: calico-kube-controllers, image: "docker.io/calico/kube-controllers:v3.28.5"}]}}
${
  typha
    ? `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: calico-typha, namespace: kube-system}
spec:
  replicas: 1
  template: {spec: {containers: [{name: calico-typha, image: "docker.io/calico/typha:v3.28.5"}]}}
`
    : ""
}`;

const digest = `sha256:${"c".repeat(64)}`;
const images = ["cni", "node", "kube-controllers", "typha"].map((name) => ({ ref: `docker.io/calico/${name}:v3.28.5`, digest }));

/** The sample cluster with Calico 3.28.5; `fields` as an inventory has them, below network.cni, `beside` below network. */
export function calicoCluster(fields = "", workers = 2, beside = ""): ClusterSpec {
  const cni = `{name: calico, version: 3.28.5${fields === "" ? "" : `, ${fields}`}}`;
  return sampleCluster({
    workers,
    network: `{kubeProxy: {mode: iptables}, cni: ${cni}${beside === "" ? "" : `, ${beside}`}}`,
  });
}

export const withCalico = (cluster: ClusterSpec, change: Partial<CalicoSpec>): ClusterSpec => ({
  ...cluster,
  network: { ...cluster.network, cni: { ...(cluster.network.cni as CalicoSpec), ...change } },
});

export const calicoHarness = (cluster: ClusterSpec): RoleHarness =>
  new RoleHarness({
    cluster,
    catalog: { ...catalog, images: [...catalog.images, ...images] },
    steps: roles,
    templates: templatesFolder,
    texts: new Map([
      ["calico-manifest 3.28.5", manifest(false)],
      ["calico-typha-manifest 3.28.5", manifest(true)],
    ]),
  });
