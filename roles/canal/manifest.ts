import type { CanalSpec } from "../../src/model/cni/canal.ts";
import { isAtLeast } from "../../src/model/versions.ts";
import { felixMetricsPort } from "../../src/network/canal.ts";
import { netConf } from "../../src/network/flannel.ts";
import type { Condition } from "../../src/role/action.ts";
import { dict, type KubeObject, list, parseObjects, withEnv, withPod, words } from "../../src/role/objects/kubeObject.ts";
import type { Target } from "../../src/role/step.ts";
import { felixReady, inSync } from "../calico/health.ts";
import type { Manifest } from "../cluster/manifestSteps.ts";

/** On a node: Felix keeps its policies. */
export const felixHealthy: readonly Condition[] = [felixReady, inSync(felixMetricsPort)];

export const canalManifest: Manifest = {
  part: "canal",
  title: "Canal",
  inUse: ({ network }) => network.cni.name === "canal",
  objects: canalObjects,
  agent: { namespace: "kube-system", name: "canal", selector: "k8s-app=canal" },
  nodeReady: "canal/subnet",
  healthy: () => felixHealthy,
  follows: ["flannel"],
  disrupts:
    "Canal restarts on this node; its pods keep their network and the policies there are, new pods and policies wait for it",
};

/** Felix only: its kube-controllers look after Calico's own IPAM, which Canal does not have. */
const left = "calico-kube-controllers";

/** Calico's release for Canal, with flannel as flannel's own release runs it. */
function canalObjects(target: Target): readonly KubeObject[] {
  const { cni } = target.cluster.network;
  if (cni.name !== "canal") return [];
  const flannel = parseObjects(target.text("flannel-manifest", cni.flannel));
  return parseObjects(target.text("canal-manifest", cni.version))
    .filter(({ metadata }) => dict(metadata).name !== left)
    .map((object) => {
      const name = dict(object.metadata).name;
      if (object.kind === "ConfigMap" && name === "canal-config")
        return {
          ...object,
          data: { ...dict(object.data), "net-conf.json": netConf(target.cluster.network, cni), veth_mtu: String(cni.mtu) },
        };
      // The rights of a newer flannel than the one Calico's release names.
      if (object.kind === "ClusterRole" && name === "flannel")
        return { ...object, rules: flannel.find(({ kind }) => kind === "ClusterRole")?.rules ?? object.rules };
      return object.kind === "DaemonSet" ? withPod(object, (pod) => canalPod(pod, flannelPod(flannel), cni)) : object;
    });
}

function canalPod(pod: KubeObject, flannel: KubeObject, cni: CanalSpec): KubeObject {
  const containers = list(pod.containers).map((container) =>
    container.name === "kube-flannel"
      ? flanneld(container, flannel, cni.flannel)
      : withEnv(container, {
          FELIX_IPTABLESBACKEND: { auto: "Auto", nft: "NFT", legacy: "Legacy" }[cni.felixBackend],
          FELIX_PROMETHEUSMETRICSENABLED: "true",
          FELIX_PROMETHEUSMETRICSHOST: "127.0.0.1",
          FELIX_PROMETHEUSMETRICSPORT: String(felixMetricsPort),
          // Addresses are of the nodes' podCIDRs: a pool of Calico's own would be one that nobody uses.
          NO_DEFAULT_POOLS: "true",
        }),
  );
  const run = { name: "run", hostPath: { path: "/run/flannel", type: "DirectoryOrCreate" } };
  return { ...pod, containers, volumes: [...list(pod.volumes), run] };
}

/** Felix forwards, so flannel need not; without the bridge, packets to addresses that no pod has would go round in circles. */
const beside = ["--iptables-forward-rules=false", "--ip-blackhole-route", "--healthz-ip=127.0.0.1", "--healthz-port=8081"];

/** flannel's own container in place of the old one: image, rights and settings of its release, interface and mounts of Canal's. */
function flanneld(old: KubeObject, flannel: KubeObject, version: string): KubeObject {
  const [own] = list(flannel.containers);
  if (own === undefined) throw new Error("the catalog's flannel-manifest has no container");
  const names = new Set(list(own.env).map(({ name }) => name));
  return {
    ...own,
    name: "kube-flannel",
    args: [...words(own.args), ...beside],
    env: [...list(own.env), ...list(old.env).filter(({ name }) => !names.has(name))],
    readinessProbe: {
      httpGet: { host: "127.0.0.1", port: 8081, path: isAtLeast(version, "0.28.9") ? "/readyz" : "/healthz" },
      periodSeconds: 5,
    },
  };
}

const flannelPod = (objects: readonly KubeObject[]): KubeObject =>
  dict(dict(dict(objects.find(({ kind }) => kind === "DaemonSet")?.spec).template).spec);
