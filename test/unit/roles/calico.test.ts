import { describe, expect, test } from "vitest";
import { calicoManifest } from "../../../roles/calico/manifest.ts";
import { madeOf } from "../../../roles/cluster/manifestSteps.ts";
import { objectChanges } from "../../../roles/cluster/objectChanges.ts";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import { dict, type KubeObject, list, nameOf } from "../../../src/role/objects/kubeObject.ts";
import { calicoCluster, calicoHarness } from "./calicoSample.ts";

const made = (cluster: ClusterSpec): readonly KubeObject[] => madeOf(calicoManifest, calicoHarness(cluster).target).objects;
const find = (objects: readonly KubeObject[], name: string): KubeObject =>
  objects.find((one) => nameOf(one) === name) ?? expect.fail(`no ${name}`);
const pod = (objects: readonly KubeObject[]): KubeObject =>
  dict(dict(dict(find(objects, "DaemonSet kube-system/calico-node").spec).template).spec);
const container = (objects: readonly KubeObject[]): KubeObject => list(pod(objects).containers)[0] ?? {};
const env = (of: KubeObject): Readonly<Record<string, unknown>> =>
  Object.fromEntries(list(of.env).map(({ name, value, valueFrom }) => [String(name), value ?? valueFrom]));

describe("the release's manifest with this cluster's settings", () => {
  test("VXLAN needs no BIRD, and no probe asks for one", () => {
    const objects = made(calicoCluster());
    expect(find(objects, "ConfigMap kube-system/calico-config").data).toMatchObject({
      calico_backend: "vxlan",
      typha_service_name: "none",
      veth_mtu: "0",
    });
    expect(container(objects)).toMatchObject({
      livenessProbe: { exec: { command: ["/bin/calico-node", "-felix-live"] }, periodSeconds: 10 },
      readinessProbe: { exec: { command: ["/bin/calico-node", "-felix-ready"] } },
    });
  });

  test("the pool is an object of this role, before the pods that would make one of their own", () => {
    const objects = made(calicoCluster("ipam: {blockSize: 27, strictAffinity: true}"));
    const names = objects.map(nameOf);
    expect(names.indexOf("IPPool default-ipv4-ippool")).toBeLessThan(names.indexOf("DaemonSet kube-system/calico-node"));
    expect(find(objects, "IPPool default-ipv4-ippool").spec).toMatchObject({
      cidr: "10.244.0.0/16",
      blockSize: 27,
      vxlanMode: "Always",
      ipipMode: "Never",
    });
    expect(find(objects, "IPAMConfig default").spec).toMatchObject({ strictAffinity: true, autoAllocateBlocks: true });
    expect(env(container(objects))).toMatchObject({ NO_DEFAULT_POOLS: "true" });
    expect(env(container(objects))).not.toHaveProperty("CALICO_IPV4POOL_IPIP");
  });

  test("Felix is set through its pod, so that a node can have new settings while the next has old ones; it phones nobody", () => {
    const set = env(container(made(calicoCluster("iptablesBackend: nft, felix: {logSeverity: error, netlinkTimeout: 20}"))));
    expect(set).toMatchObject({
      FELIX_LOGSEVERITYSCREEN: "error",
      FELIX_NETLINKTIMEOUTSECS: "20",
      FELIX_IPTABLESBACKEND: "nft",
      FELIX_VXLANVNI: "4096",
      FELIX_VXLANPORT: "4789",
      FELIX_USAGEREPORTINGENABLED: "false",
      FELIX_PROMETHEUSMETRICSHOST: "127.0.0.1",
      NODENAME: { fieldRef: { fieldPath: "spec.nodeName" } },
    });
    expect(set).not.toHaveProperty("FELIX_MAXIPSETSIZE");
    expect(set).not.toHaveProperty("FELIX_NFTABLESMODE");
  });

  test("its installer leaves the plug-ins of others alone", () => {
    const [install] = list(pod(made(calicoCluster())).initContainers);
    expect(env(install ?? {})).toMatchObject({
      SKIP_CNI_BINARIES: expect.stringContaining("portmap"),
      CNI_CONF_NAME: "10-calico.conflist",
    });
  });

  test("BGP: mesh and peers as Calico's objects, and BIRD's probes stay", () => {
    const objects = made(
      calicoCluster(
        "encapsulation: none, bgp: {asNumber: 64513, nodeMesh: false, peers: [{address: 10.77.0.254, asNumber: 65000, nodes: [w-1]}]}",
      ),
    );
    expect(find(objects, "BGPConfiguration default").spec).toEqual({ asNumber: 64513, nodeToNodeMeshEnabled: false });
    expect(find(objects, "BGPPeer provision-10-77-0-254").spec).toEqual({
      peerIP: "10.77.0.254",
      asNumber: 65000,
      nodeSelector: "kubernetes.io/hostname in { 'w-1' }",
    });
    expect(container(objects)).toMatchObject({ livenessProbe: { exec: { command: expect.arrayContaining(["-bird-live"]) } } });
    expect(find(objects, "IPPool default-ipv4-ippool").spec).toMatchObject({ vxlanMode: "Never", ipipMode: "Never" });
  });

  test("Typha comes with its own manifest, and Felix is told of it", () => {
    const objects = made(calicoCluster("typha: {replicas: 2}"));
    expect(find(objects, "Deployment kube-system/calico-typha").spec).toMatchObject({ replicas: 2 });
    expect(find(objects, "ConfigMap kube-system/calico-config").data).toMatchObject({ typha_service_name: "calico-typha" });
  });

  test("every image is pinned, and nodes' pods wait for their turn", () => {
    const daemon = find(made(calicoCluster()), "DaemonSet kube-system/calico-node");
    expect(daemon.spec).toMatchObject({ updateStrategy: { type: "OnDelete" } });
    const images = JSON.stringify(made(calicoCluster())).match(/"image":"[^"]+"/g) ?? [];
    expect(images.length).toBe(3);
    for (const image of images) expect(image).toMatch(/:v3\.28\.5@sha256:[0-9a-f]{64}"$/);
  });
});

/** As they are kept for comparing: without definitions. */
const kept = (cluster: ClusterSpec): readonly KubeObject[] =>
  made(cluster).filter(({ kind }) => kind !== "CustomResourceDefinition");

test("a plan names the variable that changes, not its place in a list", () => {
  const changes = objectChanges(kept(calicoCluster()), kept(calicoCluster("felix: {netlinkTimeout: 20, logSeverity: error}")));
  expect(changes).toMatchObject([
    {
      target: "DaemonSet kube-system/calico-node",
      detail: expect.stringContaining('env.FELIX_LOGSEVERITYSCREEN.value: "info" -> "error"'),
    },
  ]);
});
