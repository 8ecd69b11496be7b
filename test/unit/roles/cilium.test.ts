import { describe, expect, it } from "vitest";
import { ciliumManifest, ciliumObjects } from "../../../roles/cilium/manifest.ts";
import { ciliumValues } from "../../../roles/cilium/values.ts";
import { madeOf } from "../../../roles/cluster/manifestSteps.ts";
import { dict, type KubeObject, list } from "../../../src/role/objects/kubeObject.ts";
import { mergedValues } from "../../../src/role/objects/mergedValues.ts";
import { cluster, target } from "./ciliumSample.ts";

const containersOf = (object: KubeObject | undefined): readonly KubeObject[] => {
  const pod = dict(dict(dict(object?.spec).template).spec);
  return [...list(pod.initContainers), ...list(pod.containers)];
};

describe("what is applied", () => {
  it("pins every image by the catalog's digest, whatever the chart names", () => {
    const daemon = madeOf(ciliumManifest, target()).objects.find(({ kind }) => kind === "DaemonSet");
    expect(containersOf(daemon).map(({ image }) => image)).toEqual(
      Array(2).fill(`quay.io/cilium/cilium:v1.18.5@sha256:${"a".repeat(64)}`),
    );
    expect(daemon?.spec).toMatchObject({ updateStrategy: { type: "OnDelete" } });
  });

  it.each([
    [true, [["NET_ADMIN"], ["CHOWN"]]],
    [
      false,
      [
        ["NET_ADMIN", "SYS_RESOURCE"],
        ["CHOWN", "SYS_RESOURCE"],
      ],
    ],
  ])("with restrictOomScoreAdj %s asks for no more than the host has", (restrict, expected) => {
    const objects = ciliumObjects(target(cluster(`containerd: {restrictOomScoreAdj: ${restrict}}`)));
    const contexts = containersOf(objects.find(({ kind }) => kind === "DaemonSet")).map((one) => one.securityContext);
    expect(contexts.map((one) => (one as { capabilities: { add: string[] } }).capabilities.add)).toEqual(expected);
  });

  it("gives each version's Job a name of its own: a Job cannot be changed", () => {
    const job = ciliumObjects(target()).find(({ kind }) => kind === "Job");
    expect(job?.metadata).toMatchObject({ name: "hubble-generate-certs-1-18-5" });
  });
});

describe("the chart's values", () => {
  it("reach the API as kubelets do, and leave services to kube-proxy", () => {
    const {
      network: { cni },
    } = cluster();
    expect(ciliumValues(cluster(), cni)).toMatchObject({
      kubeProxyReplacement: false,
      k8sServiceHost: "127.0.0.1",
      k8sServicePort: 7443,
      routingMode: "tunnel",
      tunnelProtocol: "vxlan",
      ipam: { mode: "kubernetes" },
      operator: { replicas: 1 },
    });
  });

  it("take native routes and a pool of Cilium's own from the pods' network", () => {
    const of = cluster("", '{"routing": "native", "ipam": "cluster-pool"}');
    expect(ciliumValues(of, of.network.cni)).toMatchObject({
      routingMode: "native",
      ipv4NativeRoutingCIDR: "10.244.0.0/16",
      ipam: { mode: "cluster-pool", operator: { clusterPoolIPv4PodCIDRList: ["10.244.0.0/16"] } },
    });
  });

  it("are merged as Helm does: maps by key, lists whole", () => {
    expect(mergedValues({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, e: 2 })).toEqual({ a: { b: 1, c: [3] }, d: 1, e: 2 });
  });
});
