import { roles } from "../../../roles/index.ts";
import { resolveCanal } from "../../../src/inventory/cni/canal.ts";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import { RoleHarness } from "../../../src/testing/roleHarness.ts";
import { catalog, flannelManifest, inventory, templatesFolder } from "./sample.ts";

/** In the shape of Calico's own for Canal: what the overlay touches, and what it must leave alone or out. */
const manifest = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: calico-kube-controllers, namespace: kube-system}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: canal-config, namespace: kube-system}
data: {typha_service_name: "none", veth_mtu: "0", cni_network_config: "{}", net-conf.json: '{"Network": "10.0.0.0/8"}'}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: flannel}
rules: [{apiGroups: [""], resources: [nodes], verbs: [list]}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: canal, namespace: kube-system}
spec:
  template:
    metadata: {labels: {k8s-app: canal}}
    spec:
      nodeSelector: {kubernetes.io/os: linux}
      initContainers: [{name: install-cni, image: "docker.io/calico/cni:v3.28.5"}]
      containers:
        - {name: calico-node, image: "docker.io/calico/node:v3.28.5", env: [{name: USE_POD_CIDR, value: "true"}]}
        - name: kube-flannel
          image: docker.io/flannel/flannel:v0.24.3
          command: [/opt/bin/flanneld]
          securityContext: {privileged: true}
          env: [{name: FLANNELD_IFACE, value: ""}]
      volumes: [{name: flannel-cfg, configMap: {name: canal-config}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: calico-kube-controllers, namespace: kube-system}
spec:
  template: {spec: {containers: [{name: calico-kube-controllers, image: "docker.io/calico/kube-controllers:v3.28.5"}]}}
`;

const lab = inventory("lab");
const digest = `sha256:${"c".repeat(64)}`;
const images = ["cni", "node"].map((name) => ({ ref: `docker.io/calico/${name}:v3.28.5`, digest }));

/** The lab's cluster with Canal 3.28.5 and flannel 0.28.7. */
export const canalCluster = (backend: "vxlan" | "host-gw" = "vxlan"): ClusterSpec => ({
  ...lab,
  network: { ...lab.network, cni: resolveCanal({ name: "canal", version: "3.28.5", flannel: "0.28.7", backend }, "nftables") },
});

export const canalHarness = (cluster: ClusterSpec): RoleHarness =>
  new RoleHarness({
    cluster,
    catalog: { ...catalog, images: [...catalog.images, ...images] },
    steps: roles,
    templates: templatesFolder,
    texts: new Map([
      ["canal-manifest 3.28.5", manifest],
      ["flannel-manifest 0.28.7", flannelManifest],
    ]),
  });
