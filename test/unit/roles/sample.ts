import { readFileSync } from "node:fs";
import { join } from "node:path";
import { madeOf } from "../../../roles/cluster/manifestSteps.ts";
import { dnsDeployment } from "../../../roles/dns/deployment.ts";
import { flannelManifest as ourFlannel } from "../../../roles/flannel/manifest.ts";
import { roles } from "../../../roles/index.ts";
import type { Catalog, FileArtifact, ImageArtifact } from "../../../src/artifacts/catalog.ts";
import type { FactReplies, FactReply } from "../../../src/facts/fact.ts";
import { readInventory } from "../../../src/inventory/loadInventory.ts";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import { FakeNode } from "../../../src/testing/fakeNode.ts";
import { type FakeCluster, RoleHarness } from "../../../src/testing/roleHarness.ts";

const root = join(import.meta.dirname, "../../..");
export const templatesFolder = join(root, "templates");

const file = (name: string, version: string, sha256: string, more: Partial<FileArtifact> = {}): FileArtifact => ({
  name,
  version,
  platform: "linux/amd64",
  url: `http://mirror.example/${name}-${version}`,
  sha256: sha256.padEnd(64, "0"),
  format: "binary",
  ...more,
});

const image = (ref: string, digest: string): ImageArtifact => ({ ref, digest: `sha256:${digest}` });

/** The digests are those of the machines in fixtures/. */
export const catalog: Catalog = {
  apiVersion: "provision/catalog/v1",
  files: [
    file("containerd", "2.2.9", "ac835b86811b", { format: "tar.gz" }),
    file("cni-plugins", "1.9.1", "3c2af40d7ffd", { format: "tar.gz" }),
    file("runc", "1.3.6", "71e1c33b8326"),
    file("crictl", "1.36.0", "e0b1c2884fbe", { format: "tar.gz" }),
    file("kubeadm", "1.36.4", "a1e01ce2ea45"),
    file("kubelet", "1.36.4", "dfdb4c9ee80a"),
    file("kubectl", "1.36.4", "8d2c7cc16af4"),
  ],
  images: [
    image("registry.k8s.io/kube-controller-manager:v1.36.4", "e5edccc67e1ece99d9a4eb27fe26f1b1fc2769b46f24e2c5c5b7e5325b967f83"),
    image("registry.k8s.io/kube-apiserver:v1.36.4", "17e4b7289d136bbc49a85493cb9ec1e2faec94ca86cc99d499ad17973ad65cdd"),
    image("registry.k8s.io/kube-scheduler:v1.36.4", "8f17494af14b23bc34b8dcf20fd50f52a5b54621ee6018fd10df175358229afa"),
    image("registry.k8s.io/kube-proxy:v1.36.4", "f484df012281d1ff6369badc9d6e73cf58059d2d84fec49825e4d942f47a9bda"),
    image("registry.k8s.io/etcd:3.6.8-0", "e09b0246bfccdd738b41485dd985db71d8f762b9a66b8bde92796e00bc043e25"),
    image("registry.k8s.io/coredns/coredns:v1.14.2", "90709457fe27ee62a924e397edc1929a4a09b79599bff334a1bea2806eb8f75e"),
    image("registry.k8s.io/pause:3.10.2", "0c63bd16cb804430657e8c25c0a301b67f2a7ef1f6b0dad79de7d10c36dc5331"),
    image(
      "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel2",
      "41debaefc9b4182fcc304762cd7c7b9e0daa9f1c274cd1d2d28768d02ab0e232",
    ),
    image("ghcr.io/flannel-io/flannel:v0.28.7", "4072633fcd668a9a36384c785d113e4968c90edd1f954f41357cf59ceddec13b"),
    image("docker.io/library/haproxy:2.6.12", "a5540cda952f7f44fc4b7ecc5b05e04a79a947bd93a41517c90dceaac0ed58a8"),
  ],
  kubernetes: { "1.36.4": { etcd: "3.6.8-0", coredns: "v1.14.2", pause: "3.10.2", crictl: "1.36.0" } },
  proxyImage: "docker.io/library/haproxy:2.6.12",
};

/** In the shape of flannel's own: one object of each kind that the overlay touches or must leave alone. */
export const flannelManifest = `
apiVersion: v1
kind: Namespace
metadata: {name: kube-flannel}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-flannel-cfg, namespace: kube-flannel}
data:
  cni-conf.json: '{"name": "cbr0"}'
  net-conf.json: '{"Network": "10.0.0.0/8", "Backend": {"Type": "udp"}}'
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-flannel-ds, namespace: kube-flannel}
spec:
  template:
    metadata: {labels: {app: flannel}}
    spec:
      initContainers:
        - {name: install-cni-plugin, image: "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel2", command: [cp]}
        - {name: install-cni, image: "ghcr.io/flannel-io/flannel:v0.28.7"}
      containers:
        - {name: kube-flannel, image: "ghcr.io/flannel-io/flannel:v0.28.7", args: [--ip-masq]}
`;

export const harness = (cluster: ClusterSpec): RoleHarness =>
  new RoleHarness({
    cluster,
    catalog,
    steps: roles,
    templates: templatesFolder,
    texts: new Map([["flannel-manifest 0.28.7", flannelManifest]]),
  });

/** One of the sample inventories, by its folder's name. */
export const inventory = (name: string): ClusterSpec => {
  const folder = join(root, "inventories", name);
  const source = join(folder, "cluster.yaml");
  return readInventory(readFileSync(source), { source, folder, home: "/home/someone" }).cluster;
};

/** A machine that nobody has touched, in the words of hostFacts. */
export const freshMachine = (name: string, host: Readonly<Record<string, string>> = {}): FakeNode =>
  new FakeNode(
    {
      os: "debian",
      osVersion: "12",
      machine: "x86_64",
      kernel: "6.18.44",
      systemd: "yes",
      hostname: name,
      cpus: "2",
      memoryMb: "4000",
      freeMb: "50000",
      clock: "1795272612",
      ...host,
    },
    new Map([...fixture(name.startsWith("cp-") ? "fresh-cp-1" : "fresh-w-1"), ["flannel node", flannelOn(name)]]),
  );

export const fixture = (name: string): FactReplies =>
  new Map(Object.entries(JSON.parse(readFileSync(join(import.meta.dirname, "fixtures", `${name}.json`), "utf8"))));

export const noCluster: FakeCluster = { api: "none", kube: null };
export const downCluster: FakeCluster = { api: "down", kube: null };
/** A DaemonSet with one pod on each node, in the words of daemonFact. `old`: nodes whose pod is of an earlier template. */
export const daemon = (name: string, image: string, old: readonly string[] = [], strategy = "OnDelete"): string =>
  [
    `ds|2|2|${strategy}|${image}`,
    "rev|1|aaaa",
    "rev|2|bbbb",
    ...["cp-1", "w-1", "w-2"].map((node) => `pod|${name}-${node}|${node}|${old.includes(node) ? "aaaa" : "bbbb"}|True|`),
    "",
  ].join("\n");

const shares = ["cp-1", "w-1", "w-2"].map((node, index) => ({
  node,
  machine: `10.77.0.${[11, 21, 22][index]}`,
  net: `10.244.${index}`,
  mac: `0a:00:00:00:00:0${index}`,
}));

/** What flannel has made of a node whose pods reach those of all others, in the words of flannelNodeFact. */
export const flannelOn = (name: string): FactReply => ({
  code: 0,
  stdout: [
    `subnet ${shares.find(({ node }) => node === name)?.net}.1/24`,
    ...shares
      .filter(({ node }) => node !== name)
      .flatMap(({ machine, net, mac }) => [
        `route ${net}.0/24 via ${net}.0 dev flannel.1 onlink `,
        `fdb ${mac} dst ${machine} self permanent`,
        `neigh ${net}.0 lladdr ${mac} PERMANENT`,
      ]),
    "",
  ].join("\n"),
});

const asked = {
  "kube flannel leases": shares
    .map(({ node, machine, net, mac }) => `${node}|${net}.0/24|vxlan|${machine}|{"VNI":1,"VtepMAC":"${mac}"}\n`)
    .join(""),
  "kube kept canal": "|",
  "kube multus left": "",
  "kube networks": "",
  "kube daemonset kube-system/kube-proxy": daemon("kube-proxy", "registry.k8s.io/kube-proxy:v1.36.4"),
  "kube daemonset kube-flannel/kube-flannel-ds": daemon("kube-flannel-ds", "ghcr.io/flannel-io/flannel:v0.28.7"),
  "kube kept flannel": "|",
};

/** The API of a live cluster of cp-1, w-1 and w-2. `more` wins over what was captured. */
export function liveCluster(more: Readonly<Record<string, string>> = {}): FakeCluster {
  const said = (answers: Readonly<Record<string, string>>) =>
    Object.entries(answers).map(([key, stdout]) => [key, { code: 0, stdout }] as const);
  const workloads = fixture("cluster").get("kube workloads")?.stdout ?? "";
  return {
    api: "up",
    kube: new Map([
      ...said({ ...asked, "kube coredns": ownDns() }),
      ...fixture("cluster"),
      ...said({ "kube workloads": ownFlannel(workloads), ...more }),
    ]),
  };
}

/** flannel's objects carry the digest of the manifest they were made from, which in these tests is another one. */
const ownFlannel = (workloads: string): string =>
  workloads.replace(/("provision\/digest":)"[0-9a-f]+"/, `$1"${madeOf(ourFlannel, harness(inventory("lab")).target).digest}"`);

const ownDns = (made = dnsDeployment(harness(inventory("lab")).target)): string => `${made.image}|${made.digest}`;

/** The captured cluster without one of its nodes. */
export function clusterWithout(name: string): FakeCluster {
  const nodes = JSON.parse(fixture("cluster").get("kube nodes")?.stdout ?? "") as { items: { metadata: { name: string } }[] };
  return liveCluster({
    "kube nodes": JSON.stringify({ ...nodes, items: nodes.items.filter((one) => one.metadata.name !== name) }),
  });
}
