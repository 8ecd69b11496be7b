import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { madeOf } from "../../../roles/cluster/manifestSteps.ts";
import { flannelManifest } from "../../../roles/flannel/manifest.ts";
import { kubeProxyConfig } from "../../../roles/kube-proxy/config.ts";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import { catalog, daemon, freshMachine, harness, inventory, liveCluster } from "./sample.ts";

const lab = inventory("lab");
const withProxy = (kubeProxy: Partial<ClusterSpec["network"]["kubeProxy"]>): ClusterSpec => ({
  ...lab,
  network: { ...lab.network, kubeProxy: { ...lab.network.kubeProxy, ...kubeProxy } },
});

describe("kube-proxy", () => {
  test("is given what the inventory says, and its own defaults for the rest", () => {
    expect(kubeProxyConfig(withProxy({ conntrack: { maxPerCore: null, min: null, tcpBeLiberal: false } }))).toEqual({
      mode: "nftables",
      clusterCIDR: "10.244.0.0/16",
    });
    expect(
      kubeProxyConfig(
        withProxy({
          mode: "iptables",
          nodePortAddresses: ["primary"],
          conntrack: { maxPerCore: 0, min: null, tcpBeLiberal: false },
        }),
      ),
    ).toEqual({
      mode: "iptables",
      clusterCIDR: "10.244.0.0/16",
      nodePortAddresses: ["primary"],
      conntrack: { maxPerCore: 0 },
    });
  });

  test("another mode than the live one is a change that says from what to what, and that kube-proxy restarts on each node", () => {
    const roles = harness(withProxy({ mode: "iptables" }));
    expect(roles.check("kube-proxy/config", null, liveCluster())).toMatchObject({
      status: "change",
      changes: [{ target: "ConfigMap kube-system/kube-proxy mode", detail: '"nftables" -> "iptables"' }],
    });
    expect(roles.check("kube-proxy/pod@w-1", freshMachine("w-1"), liveCluster())).toMatchObject({
      status: "change",
      changes: [{ disrupts: expect.stringContaining("kube-proxy restarts") }],
    });
  });

  const proxies = (image: string, old: readonly string[] = [], strategy?: string) =>
    liveCluster({ "kube daemonset kube-system/kube-proxy": daemon("kube-proxy", image, old, strategy) });
  const current = "registry.k8s.io/kube-proxy:v1.36.4";

  test("of another version: the DaemonSet changes and every node's pod is due", () => {
    const roles = harness(lab);
    const live = proxies("registry.k8s.io/kube-proxy:v1.35.4");
    expect(roles.check("kube-proxy/daemonset", null, live)).toMatchObject({
      changes: [{ detail: "registry.k8s.io/kube-proxy:v1.35.4 -> registry.k8s.io/kube-proxy:v1.36.4" }],
    });
    expect(roles.check("kube-proxy/pod@w-1", freshMachine("w-1"), live).status).toBe("change");
    const [patch] = roles.apply("kube-proxy/daemonset", null, live);
    expect(JSON.parse(patch?.kind === "run" ? String(patch.stdin) : "")).toMatchObject({
      spec: {
        updateStrategy: { type: "OnDelete" },
        template: { spec: { containers: [{ name: "kube-proxy", image: current }] } },
      },
    });
  });

  test("kubeadm's RollingUpdate becomes OnDelete without replacing a pod", () => {
    const live = proxies(current, [], "RollingUpdate");
    expect(harness(lab).check("kube-proxy/daemonset", null, live)).toMatchObject({
      changes: [{ detail: "updateStrategy RollingUpdate -> OnDelete" }],
    });
    expect(harness(lab).check("kube-proxy/pod@w-1", freshMachine("w-1"), live).status).toBe("ok");
  });

  test("a pod of an earlier template is replaced on its node alone, after the node before it", () => {
    const roles = harness(lab);
    const live = proxies(current, ["w-2"]);
    expect(roles.check("kube-proxy/pod@w-1", freshMachine("w-1"), live).status).toBe("ok");
    expect(roles.check("kube-proxy/pod@w-2", freshMachine("w-2"), live).status).toBe("change");
    const actions = roles.apply("kube-proxy/pod@w-2", freshMachine("w-2"), live);
    const [wait] = actions;
    const told = (stdout: string) => (wait?.kind === "wait" ? wait.condition.unmet({ code: 0, stdout, stderr: "" }) : "");
    expect(told(daemon("kube-proxy", current, ["w-2"]))).toBe("the old pod is still ending");
    expect(
      told(daemon("kube-proxy", current).replace("pod|kube-proxy-w-2|w-2|bbbb|True", "pod|kube-proxy-w-2|w-2|bbbb|False")),
    ).toBe("the new pod is not ready yet");
    expect(told(daemon("kube-proxy", current))).toBeNull();
    expect(roles.instances.find((one) => one.id === "kube-proxy/pod@w-2")?.after).toContain("kube-proxy/pod@w-1");
  });

  test("a change its controller has not seen yet leaves no pod for current; a node without a pod waits for none", () => {
    const unseen = liveCluster({
      "kube daemonset kube-system/kube-proxy": daemon("kube-proxy", current).replace("ds|2|2", "ds|3|2"),
    });
    expect(harness(lab).check("kube-proxy/pod@w-1", freshMachine("w-1"), unseen).status).toBe("change");
    const none = liveCluster({ "kube daemonset kube-system/kube-proxy": `ds|2|2|OnDelete|${current}\n` });
    expect(harness(lab).check("kube-proxy/pod@w-1", freshMachine("w-1"), none).status).toBe("ok");
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
  const objects = (cluster: ClusterSpec) => madeOf(flannelManifest, harness(cluster).target);
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

  test("its pods are replaced when their node's turn has come", () => {
    const set = objects(lab).objects.find((object) => object.kind === "DaemonSet");
    expect(set).toMatchObject({ spec: { updateStrategy: { type: "OnDelete" } } });
    const other = harness(withCni({ nftables: false }));
    expect(other.check("flannel/pod@w-1", freshMachine("w-1"), liveCluster())).toMatchObject({
      changes: [{ disrupts: expect.stringContaining("pods keep their network") }],
    });
    expect(harness(lab).check("flannel/pod@w-1", freshMachine("w-1"), liveCluster()).status).toBe("ok");
    const old = liveCluster({ "kube daemonset kube-flannel/kube-flannel-ds": daemon("kube-flannel-ds", "x", ["w-1"]) });
    expect(harness(lab).check("flannel/pod@w-1", freshMachine("w-1"), old).status).toBe("change");
  });

  test("objects the overlay has no business with stay as they came", () => {
    const { digest, objects: made } = objects(lab);
    const labels = { "provision/part": "flannel", "provision/made": digest.slice(0, 16) };
    expect(made[0]).toEqual({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-flannel", labels } });
  });

  test("cni: none installs nothing and waits for nobody", () => {
    const none = harness({ ...lab, network: { ...lab.network, cni: { name: "none" } } });
    expect(none.check("flannel/installed", null, liveCluster()).status).toBe("ok");
    expect(
      none.instances.map((one) => one.id).filter((id) => id.startsWith("flannel/images") || id.startsWith("cluster/services")),
    ).toEqual([]);
  });
});
