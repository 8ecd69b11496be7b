import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { flannelObjects } from "../../../roles/flannel/manifest.ts";
import { kubeProxyConfig } from "../../../roles/kube-proxy/config.ts";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import { catalog, harness, inventory, liveCluster } from "./sample.ts";

const lab = inventory("lab");
const withProxy = (kubeProxy: Partial<ClusterSpec["network"]["kubeProxy"]>): ClusterSpec => ({
  ...lab,
  network: { ...lab.network, kubeProxy: { ...lab.network.kubeProxy, ...kubeProxy } },
});

describe("kube-proxy", () => {
  test("is given what the inventory says, and its own defaults for the rest", () => {
    expect(kubeProxyConfig(withProxy({ conntrack: { maxPerCore: null, min: null } }))).toEqual({
      mode: "nftables",
      clusterCIDR: "10.244.0.0/16",
    });
    expect(
      kubeProxyConfig(withProxy({ mode: "iptables", nodePortAddresses: ["primary"], conntrack: { maxPerCore: 0, min: null } })),
    ).toEqual({
      mode: "iptables",
      clusterCIDR: "10.244.0.0/16",
      nodePortAddresses: ["primary"],
      conntrack: { maxPerCore: 0 },
    });
  });

  test("another mode than the live one is a change that says from what to what, and that kube-proxy restarts", () => {
    const verdict = harness(withProxy({ mode: "iptables" })).check("kube-proxy/config", null, liveCluster());
    expect(verdict).toMatchObject({
      status: "change",
      changes: [
        {
          target: "ConfigMap kube-system/kube-proxy mode",
          detail: '"nftables" -> "iptables"',
          disrupts: expect.stringContaining("kube-proxy restarts"),
        },
      ],
    });
  });

  test("what others set in the live configuration stays when the mode changes", () => {
    const [patch] = harness(withProxy({ mode: "iptables" })).apply("kube-proxy/config", null, liveCluster());
    const { data } = JSON.parse(patch?.kind === "run" ? String(patch.stdin) : "") as { data: Record<string, string> };
    expect(parse(data["config.conf"] ?? "")).toMatchObject({
      mode: "iptables",
      kind: "KubeProxyConfiguration",
      clientConnection: { kubeconfig: "/var/lib/kube-proxy/kubeconfig.conf" },
    });
  });
});

describe("flannel", () => {
  const objects = (cluster: ClusterSpec) => flannelObjects(harness(cluster).target);
  const withCni = (cni: Partial<Extract<ClusterSpec["network"]["cni"], { name: "flannel" }>>): ClusterSpec => ({
    ...lab,
    network: {
      ...lab.network,
      cni: { ...(lab.network.cni as Extract<ClusterSpec["network"]["cni"], { name: "flannel" }>), ...cni },
    },
  });

  test("runs images pinned to the catalog's digests, init containers too", () => {
    const images = JSON.stringify(objects(lab).objects).match(/"image":"[^"]+"/g) ?? [];
    const digest = (ref: string): string => catalog.images.find((one) => one.ref === ref)?.digest ?? "";
    expect(images).toEqual([
      `"image":"ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel2@${digest("ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel2")}"`,
      `"image":"ghcr.io/flannel-io/flannel:v0.28.7@${digest("ghcr.io/flannel-io/flannel:v0.28.7")}"`,
      `"image":"ghcr.io/flannel-io/flannel:v0.28.7@${digest("ghcr.io/flannel-io/flannel:v0.28.7")}"`,
    ]);
  });

  test("has the cluster's network in place of the manifest's, and the rest of its ConfigMap as it came", () => {
    const map = objects(withCni({ backend: "host-gw" })).objects.find((one) => one.kind === "ConfigMap");
    const data = (map?.data ?? {}) as Record<string, string>;
    expect(JSON.parse(data["net-conf.json"] ?? "")).toEqual({
      Network: "10.244.0.0/16",
      EnableNFTables: true,
      Backend: { Type: "host-gw" },
    });
    expect(data["cni-conf.json"]).toBe('{"name": "cbr0"}');
  });

  test("any change of its settings rolls its pods, because it reads them only when it starts", () => {
    const [one, other] = [objects(lab), objects(withCni({ nftables: false }))];
    expect(one.digest).not.toBe(other.digest);
    const pods = one.objects.find((object) => object.kind === "DaemonSet") as { spec: { template: { metadata: unknown } } };
    expect(pods.spec.template.metadata).toEqual({ labels: { app: "flannel" }, annotations: { "provision/digest": one.digest } });
  });

  test("objects the overlay has no business with stay as they came", () => {
    expect(objects(lab).objects[0]).toEqual({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-flannel" } });
  });

  test("cni: none installs nothing and waits for nobody", () => {
    const none = harness({ ...lab, network: { ...lab.network, cni: { name: "none" } } });
    expect(none.check("flannel/installed", null, liveCluster()).status).toBe("ok");
    expect(
      none.instances.map((one) => one.id).filter((id) => id.startsWith("flannel/images") || id.startsWith("cluster/services")),
    ).toEqual([]);
  });
});

describe("labels and taints", () => {
  const labelled = (labels: Record<string, string>, annotation?: string, live: Record<string, string> = {}) => {
    const cluster = { ...lab, nodes: lab.nodes.map((node) => (node.name === "w-1" ? { ...node, labels } : node)) };
    const nodes = JSON.parse(liveCluster().kube?.get("kube nodes")?.stdout ?? "") as {
      items: { metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> } }[];
    };
    for (const { metadata } of nodes.items.filter((one) => one.metadata.name === "w-1")) {
      Object.assign(metadata.labels, live);
      if (annotation !== undefined) metadata.annotations["provision/owned"] = annotation;
    }
    return harness(cluster).check("cluster/labels@w-1", null, liveCluster({ "kube nodes": JSON.stringify(nodes) }));
  };

  test("the inventory's are set", () => {
    expect(labelled({ zone: "a" })).toMatchObject({ changes: [{ action: "set", target: "label zone=a" }] });
  });

  test("one that provision set and the inventory dropped is taken away; one somebody else set stays", () => {
    expect(labelled({}, "zone;", { zone: "a", team: "x" })).toMatchObject({
      changes: [{ action: "delete", target: "label zone" }],
    });
    expect(labelled({}, undefined, { zone: "a", team: "x" })).toEqual({ status: "ok" });
  });
});
