import { describe, expect, test } from "vitest";
import { dnsDeployment } from "../../../roles/dns/deployment.ts";
import { harness, inventory, liveCluster } from "./sample.ts";

const lab = inventory("lab");

describe("cluster DNS", () => {
  test("of another version is upgraded by the same phase of the new kubeadm, and waited for", () => {
    const live = liveCluster({ "kube coredns": "registry.k8s.io/coredns/coredns:v1.13.1|" });
    expect(harness(lab).check("dns/installed", null, live)).toMatchObject({
      changes: [
        {
          action: "update",
          detail: expect.stringMatching(
            /^registry\.k8s\.io\/coredns\/coredns:v1\.13\.1 -> registry\.k8s\.io\/coredns\/coredns:v1\.14\.2@sha256:/,
          ),
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

describe("cluster DNS as a pod", () => {
  const patchOf = (profile: "upstream" | "hardened") => {
    const ref = "docker.io/rancher/hardened-coredns:v1.14.2-build20260310";
    const { target } = harness({ ...lab, images: { profile, strict: false } });
    const images = [...target.catalog.images, { ref, digest: `sha256:${"c".repeat(64)}` }];
    return dnsDeployment({ ...target, catalog: { ...target.catalog, images } });
  };

  test("is not root, whoever built its image", () => {
    for (const profile of ["upstream", "hardened"] as const)
      expect(JSON.parse(patchOf(profile).patch)).toMatchObject({
        spec: {
          template: {
            spec: { securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } } },
          },
        },
      });
  });

  test("has the tag that kubeadm knows a Corefile's version by, and the digest of what runs", () => {
    expect(patchOf("hardened").image).toBe(`docker.io/rancher/hardened-coredns:v1.14.2@sha256:${"c".repeat(64)}`);
    expect(patchOf("hardened").digest).not.toBe(patchOf("upstream").digest);
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
