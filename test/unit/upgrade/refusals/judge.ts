import type { Fact, FactReplies, FactReply } from "../../../../src/facts/fact.ts";
import type { Diagnostic } from "../../../../src/model/diagnostic.ts";
import { judgeRefusals, kubeFactsOfRefusals, nodeFactsOfRefusals } from "../../../../src/upgrade/refusals/index.ts";
import type { HopTarget } from "../../../../src/upgrade/refusals/refusal.ts";
import type { NodeSaid, PodSaid, Scene } from "./scene.ts";

export function hopOf({ cluster, staging, draining, from, to, etcdWanted }: Scene): HopTarget {
  const kubernetes = { [to]: { etcd: etcdWanted, coredns: "v1.14.2", pause: "3.10.2", crictl: "1.36.0" } };
  const catalog: HopTarget["catalog"] = { apiVersion: "provision/catalog/v1", files: [], images: [], proxyImage: "", kubernetes };
  return { cluster, catalog, hop: { from, to }, staging, draining };
}

export function judge(scene: Scene): { readonly diagnostics: readonly Diagnostic[]; readonly mayPass: boolean } {
  const target = hopOf(scene);
  const replies = (facts: readonly Fact<unknown>[], answer: (fact: Fact<unknown>) => FactReply): FactReplies =>
    new Map(facts.map((fact) => [fact.key, answer(fact)]));
  const kube = replies(kubeFactsOfRefusals(target), (fact) => ofCluster(scene, fact));
  const nodes = new Map(
    scene.cluster.nodes.map((node) => [
      node.name,
      replies(nodeFactsOfRefusals(target, node), (fact) => ofNode(scene, node.name, fact)),
    ]),
  );
  return judgeRefusals(target, { kube, nodes }, scene.now);
}

/** "error upgrade/budget-never" and so on, each once, in order. */
export const codes = (scene: Scene): readonly string[] => [
  ...new Set(judge(scene).diagnostics.map(({ severity, code }) => `${severity} ${code.replace(/^upgrade\//, "")}`)),
];

const said = (stdout: string): FactReply => ({ code: 0, stdout });
const list = (items: readonly object[]): FactReply => said(JSON.stringify({ items }));

export function ofCluster(scene: Scene, { key, script }: Fact<unknown>): FactReply {
  switch (key) {
    case "kube nodes":
      return list([...scene.nodes].map(([name, node]) => nodeObject(name, node)));
    case "kube control plane versions":
      return list(
        [...scene.planes].flatMap(([node, all]) => Object.entries(all).map(([name, tag]) => staticPod(node, name, tag))),
      );
    case "kube pods":
      return said(allPods(scene).map(line).join(""));
    case "kube etcd members":
      return scene.etcdReply ?? said(`${JSON.stringify(scene.etcd.map(member))}\n`);
    case "kube all workloads":
      return list(scene.workloads);
    case "kube disruption budgets":
      return list(scene.budgets);
    case "kube volumes":
      return list(scene.volumes);
    case "kube deprecated requests":
      return said(scene.metrics);
  }
  const path = /get --raw '([^']+)'/.exec(script.text)?.[1];
  if (path === undefined) throw new Error(`the cluster was not told how to answer ${key}`);
  return scene.raw.get(path) ?? { code: 1, stdout: "" };
}

export function ofNode(scene: Scene, name: string, { key }: Fact<unknown>): FactReply {
  if (key === "certificates") return said(scene.certificates.get(name) ?? "");
  if (key.startsWith("room "))
    return said(scene.room.get(name) ?? "/opt/provision\t9000\t2049\n/var/lib/containerd\t9000\t2049\n");
  if (key === "kubelet options")
    return said(scene.options.get(name) ?? "/usr/local/bin/kubelet\n--config=/var/lib/kubelet/config.yaml\n");
  if (key === "under way") return said(scene.underWay.get(name) ?? "");
  throw new Error(`the machine was not told how to answer ${key}`);
}

const nodeObject = (name: string, { kubelet, ready, runtime, annotations }: NodeSaid): object => ({
  metadata: { name, annotations },
  spec: {},
  status: {
    conditions: [{ type: "Ready", status: ready, reason: "KubeletNotReady", message: "container runtime is down" }],
    nodeInfo: { kubeletVersion: kubelet, containerRuntimeVersion: runtime, kernelVersion: "6.1", osImage: "Debian" },
  },
});

const staticPod = (nodeName: string, component: string, tag: string): object => ({
  metadata: { labels: { component } },
  spec: { nodeName, containers: [{ image: `registry.example/${component}:${tag}` }] },
});

const member = ({ endpoint, version, leader, more }: Scene["etcd"][number]): object => ({
  Endpoint: endpoint,
  Status: { version, leader, ...more },
});

function allPods(scene: Scene): readonly PodSaid[] {
  const system = { namespace: "kube-system" };
  const statics = [...scene.planes.keys()].flatMap((node) =>
    ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]
      .filter((component) => !scene.missing.has(`${component}@${node}`))
      .map((component) => ({
        ...system,
        name: `${component}-${node}`,
        node,
        mirror: true,
        labels: { component },
        owner: `Node ${node}`,
      })),
  );
  const proxies = [...scene.proxies].map(([node, tag]) => ({
    ...system,
    name: `kube-proxy-${node}`,
    node,
    labels: { "k8s-app": "kube-proxy" },
    owner: "DaemonSet kube-proxy",
    image: `registry.example/kube-proxy:${tag}@sha256:0`,
  }));
  return [...statics, ...proxies, ...scene.pods];
}

/** One line of `kubectl get pods -o jsonpath=…`: absent fields are empty. */
function line(pod: PodSaid): string {
  const { namespace = "shop", name, node, phase = "Running", ready = "True", mirror = false, labels = {}, volumes = [] } = pod;
  const [kind, owner] = (pod.owner === undefined ? "ReplicaSet web" : (pod.owner ?? "")).split(" ");
  const owners = owner === undefined ? "" : JSON.stringify([{ kind, name: owner, controller: true }]);
  const image = pod.image ?? "registry.example/web:1";
  return `${[namespace, name, node, phase, ready, mirror ? "abc" : "", image, JSON.stringify(labels), owners, JSON.stringify(volumes)].join("\t")}\n`;
}
