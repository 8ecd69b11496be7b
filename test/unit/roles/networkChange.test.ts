import { describe, expect, test } from "vitest";
import { offNodesOf } from "../../../roles/cluster/nodeNetwork.ts";
import { canalCluster, canalHarness } from "./canalSample.ts";
import { fixture, freshMachine, harness, inventory, liveCluster } from "./sample.ts";

const flannelThere = "flannel|kube-flannel/kube-flannel-ds\n";
const both = `${flannelThere}canal|kube-system/canal\n`;
/** The live cluster with these nodes labelled. */
function labelled(labels: Readonly<Record<string, string>>, networks: string) {
  const nodes = JSON.parse(fixture("cluster").get("kube nodes")?.stdout ?? "") as {
    items: { metadata: { name: string; labels: Record<string, string> } }[];
  };
  for (const { metadata } of nodes.items) {
    const label = labels[metadata.name];
    if (label !== undefined) metadata.labels["provision/network"] = label;
  }
  return liveCluster({ "kube nodes": JSON.stringify(nodes), "kube networks": networks });
}
const canal = canalHarness(canalCluster());
const oldNode = () => {
  const node = freshMachine("w-1");
  node.write("/etc/cni/net.d/10-flannel.conflist", "{}");
  return node;
};

describe("another network in the inventory than in the cluster", () => {
  test("up refuses it and names the verb that does it; what it costs is told", () => {
    const live = labelled({}, flannelThere);
    expect(canal.check("network/stays", null, live)).toMatchObject({
      status: "blocked",
      reasons: [{ hint: expect.stringContaining("`provision upgrade`") }],
    });
    expect(canal.check("network/road", null, live)).toMatchObject({
      status: "ok",
      warnings: [{ seen: expect.stringContaining("no way back once the last node has changed") }],
    });
  });

  test("without a road it is refused by every verb, with the reason", () => {
    const flannel = harness(inventory("lab"));
    expect(flannel.check("network/road", null, labelled({}, "canal|kube-system/canal\n"))).toMatchObject({
      status: "blocked",
      reasons: [{ code: "network/no-road", seen: expect.stringContaining("would not reach each other") }],
    });
    expect(flannel.check("network/stays", null, labelled({}, "canal|kube-system/canal\n")).status).toBe("ok");
  });

  test("the same network, or none before the first, is no change", () => {
    for (const networks of ["canal|kube-system/canal\n", "", "multus|kube-system/kube-multus-ds\ncanal|kube-system/canal\n"]) {
      const live = labelled({}, networks);
      for (const step of ["network/road", "network/stays", "network/steered", "network/left"])
        expect(canal.check(step, null, live).status).toBe("ok");
      expect(canal.check("network/node@w-1", oldNode(), live).status).toBe("ok");
    }
  });

  test("every node is labelled with what it has before the new objects come", () => {
    const live = labelled({ "w-1": "flannel" }, flannelThere);
    expect(canal.check("network/steered", null, live)).toMatchObject({
      changes: [{ target: "label provision/network=flannel of cp-1" }, { target: "label provision/network=flannel of w-2" }],
    });
    const [run] = canal.apply("network/steered", null, live);
    expect(run?.kind === "run" ? run.script.text : "").toContain(
      `label nodes -l '!provision/network' 'provision/network=flannel'`,
    );
    expect(canal.instances.find(({ id }) => id === "canal/installed")?.after).toContain("network/steered");
  });

  test("a node's turn: the old agent has left before the new one comes, and pods that stayed are made anew after it", () => {
    const live = labelled({ "w-1": "flannel" }, both);
    expect(canal.check("network/node@w-1", oldNode(), live)).toMatchObject({
      changes: [{ what: "network", target: "flannel -> Canal" }],
    });
    const told = canal
      .apply("network/node@w-1", oldNode(), live)
      .map((action) =>
        action.kind === "wait" ? action.condition.summary : action.kind === "run" ? action.summary : action.kind,
      );
    expect(told).toEqual([
      "no pod gets flannel's network any more",
      "label w-1 provision/network=none",
      "kube-flannel-ds has left w-1",
      "take flannel's rules away",
      "label w-1 provision/network=canal",
      "canal of w-1 is ready",
      "Felix is ready",
      "Felix is in sync with the datastore",
      "pods that stayed on w-1 are made anew",
      "take flannel's bridge away",
    ]);
  });

  test("what the new network goes on with is not taken away; leases go where it looks for them", () => {
    const live = labelled({ "w-1": "flannel" }, both);
    const scripts = canal
      .apply("network/node@w-1", oldNode(), live)
      .flatMap((action) => (action.kind === "run" && action.where === undefined ? [action.script.text] : []));
    expect(scripts.join("\n")).not.toContain("flannel.1");
    expect(scripts.join("\n")).not.toContain("'/run/flannel'");
    expect(scripts[0]).toContain("/var/lib/cni/networks/k8s-pod-network");
    // By flannel's routes its packets go to other nodes until Canal's flannel is there.
    expect(scripts.join("\n")).not.toContain("ip route del");
  });

  test("a node that has changed and has nothing left of the old network is not due again", () => {
    const live = labelled({ "w-1": "canal" }, both);
    expect(canal.check("network/node@w-1", freshMachine("w-1"), live).status).toBe("ok");
    expect(canal.check("network/node@w-1", oldNode(), live).status).toBe("change");
  });

  test("labels of the way are taken away when only one network is left", () => {
    const live = labelled({ "w-1": "canal" }, "canal|kube-system/canal\n");
    expect(canal.check("network/left", null, live)).toMatchObject({ changes: [{ target: "label provision/network of w-1" }] });
  });
});

test("a DaemonSet's own choices of nodes are kept, each of them narrowed", () => {
  const terms = [{ matchExpressions: [{ key: "a", operator: "Exists" }] }, { matchFields: [{ key: "metadata.name" }] }];
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
  const off = { key: "provision/network", operator: "NotIn", values: ["flannel", "none"] };
  const set = { kind: "DaemonSet", spec: { template: { spec: { affinity, containers: [] } } } };
  expect(offNodesOf(set, ["flannel"])).toMatchObject({
    spec: {
      template: {
        spec: {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchExpressions: [{ key: "a", operator: "Exists" }, off] },
                  { matchFields: [{ key: "metadata.name" }], matchExpressions: [off] },
                ],
              },
            },
          },
        },
      },
    },
  });
});
