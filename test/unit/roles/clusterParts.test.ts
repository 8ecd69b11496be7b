import { describe, expect, test } from "vitest";
import { harness, inventory, liveCluster } from "./sample.ts";

const lab = inventory("lab");

describe("cluster DNS", () => {
  test("of another version is upgraded by the same phase of the new kubeadm, and waited for", () => {
    const live = liveCluster({ "kube coredns image": "registry.k8s.io/coredns/coredns:v1.13.1" });
    expect(harness(lab).check("dns/installed", null, live)).toMatchObject({
      changes: [
        {
          action: "update",
          detail: "registry.k8s.io/coredns/coredns:v1.13.1 -> registry.k8s.io/coredns/coredns:v1.14.2",
        },
      ],
    });
    const actions = harness(lab).apply("dns/installed", null, live);
    expect(actions.map((action) => action.kind)).toEqual(["run", "wait"]);
    expect(actions[0]?.kind === "run" ? actions[0].script.text : "").toMatch(
      /kubeadm-1\.36\.4-\w+\/kubeadm' init phase addon coredns/,
    );
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
