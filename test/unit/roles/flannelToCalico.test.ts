import { describe, expect, test } from "vitest";
import type { Action } from "../../../src/role/action.ts";
import { calicoCluster, calicoHarness } from "./calicoSample.ts";
import { fixture, freshMachine, liveCluster } from "./sample.ts";

const flannelThere = "flannel|kube-flannel/kube-flannel-ds\n";
const both = `${flannelThere}calico|kube-system/calico-node\n`;
const asFlannel = "vxlan: {vni: 1, port: 8472}, ipam: {blockSize: 24}";
const mac = (last: string): string => `aa:bb:cc:00:00:${last}`;
const lease = (node: string, share: number, backend = "vxlan", prefix = 24): string =>
  `${node}|10.244.${share}.0/${prefix}|${backend}|10.77.0.2${share}|{"VNI":1,"VtepMAC":"${mac(`0${share}`)}"}\n`;
const leases = lease("cp-1", 0) + lease("w-1", 1) + lease("w-2", 2);

const live = (networks: string, notes: string, shares = leases) =>
  liveCluster({
    "kube nodes": fixture("cluster").get("kube nodes")?.stdout ?? "",
    "kube networks": networks,
    "kube calico": "||\n\n",
    "kube flannel leases": shares,
    "kube calico notes": notes,
  });
const unknown = "node|cp-1|||\nnode|w-1|||\nnode|w-2|||\n";
const calico = calicoHarness(calicoCluster(asFlannel));
const told = (actions: readonly Action[]): readonly string[] =>
  actions.map((action) =>
    action.kind === "wait" ? action.condition.summary : action.kind === "run" ? action.summary : action.kind,
  );
const scriptsOf = (actions: readonly Action[]): string =>
  actions.flatMap((action) => (action.kind === "run" ? [action.script.text] : [])).join("\n");

describe("from flannel to Calico on a live cluster", () => {
  test("what Calico must have of flannel's is asked for, field by field", () => {
    const other = calicoHarness(calicoCluster("encapsulation: vxlan-cross-subnet"));
    const verdict = other.check("network/road", null, live(flannelThere, unknown));
    expect(verdict).toMatchObject({
      status: "blocked",
      reasons: [
        { code: "network/road-needs", hint: "set network.cni.encapsulation: vxlan" },
        { hint: "set network.cni.vxlan: {vni: 1}" },
        { hint: "set network.cni.vxlan: {port: 8472}" },
      ],
    });
    expect(calico.check("network/road", null, live(flannelThere, unknown))).toMatchObject({
      status: "ok",
      warnings: [{ code: "network/change", seen: expect.stringContaining("Calico goes on with flannel's VXLAN") }],
    });
  });

  test("every node's share is noted as its block, with flannel's tunnel, before the first node's turn", () => {
    const seen = live(both, unknown);
    expect(calico.check("network/noted", null, seen)).toMatchObject({
      changes: [{ target: "Calico's notes of cp-1" }, { target: "Calico's notes of w-1" }, { target: "Calico's notes of w-2" }],
    });
    const [, second] = calico.apply("network/noted", null, seen);
    if (second?.kind !== "run" || typeof second.stdin !== "string") throw new Error("not written");
    expect(second.script.text).toContain(
      `k annotate node 'w-1' 'projectcalico.org/IPv4Address=10.77.0.21/32' 'projectcalico.org/IPv4VXLANTunnelAddr=10.244.1.0' 'projectcalico.org/VXLANTunnelMACAddr=${mac("01")}'`,
    );
    const { items } = JSON.parse(second.stdin) as {
      items: { kind: string; metadata: { name: string }; spec: Record<string, unknown> }[];
    };
    expect(items.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "IPAMHandle vxlan-tunnel-addr-w-1",
      "BlockAffinity w-1-10-244-1-0-24",
      "IPAMBlock 10-244-1-0-24",
    ]);
    const block = items[2]?.spec as { allocations: unknown[]; unallocated: number[]; affinity: string; attributes: unknown[] };
    expect(block.affinity).toBe("host:w-1");
    expect(block.allocations).toHaveLength(256);
    expect(block.allocations.filter((one) => one !== null)).toEqual([0]);
    expect([block.unallocated[0], block.unallocated.length]).toEqual([1, 255]);
    expect(block.attributes).toEqual([
      { handle_id: "vxlan-tunnel-addr-w-1", secondary: { node: "w-1", type: "vxlanTunnelAddress" } },
    ]);
    expect(calico.instances.find(({ id }) => id === "network/node@w-1")?.after).toContain("network/noted");
  });

  test("what is noted is not written again, and what calico-node wrote itself stays", () => {
    const known = ["cp-1", "w-1", "w-2"]
      .map(
        (name, share) =>
          `node|${name}|10.77.0.2${share}/24|10.244.${share}.0|${mac(`0${share}`)}\nblock|10.244.${share}.0/24|host:${name}\n`,
      )
      .join("");
    expect(calico.check("network/noted", null, live(both, known)).status).toBe("ok");
    const other = known.replace(mac("02"), "66:00:00:00:00:01");
    const [again, none] = calico.apply("network/noted", null, live(both, other));
    expect(none).toBeUndefined();
    expect(again?.kind === "run" ? again.script.text : "").toMatch(/annotate node 'w-2' 'projectcalico.org\/VXLANTunnelMACAddr=/);
  });

  test.each([
    [
      "blocks of another size than nodes' shares",
      calicoHarness(calicoCluster("vxlan: {vni: 1, port: 8472}")),
      leases,
      unknown,
      "network.cni.ipam.blockSize: 24",
    ],
    ["a flannel without VXLAN", calico, lease("w-1", 1, "host-gw"), unknown, "a new cluster beside this one"],
    [
      "a share that is another node's block",
      calico,
      leases,
      `${unknown}block|10.244.1.0/24|host:w-2\n`,
      "left by an earlier Calico",
    ],
  ])("refused: %s", (_what, harness, shares, notes, hint) => {
    expect(harness.check("network/noted", null, live(flannelThere, notes, shares))).toMatchObject({
      status: "blocked",
      reasons: [{ hint: expect.stringContaining(hint) }],
    });
  });

  test("a node's turn: flannel's device goes on under Calico's name, and its rules go when Calico's stand", () => {
    const node = freshMachine("w-1");
    node.write("/etc/cni/net.d/10-flannel.conflist", "{}");
    const actions = calico.apply("network/node@w-1", node, live(both, unknown));
    expect(told(actions)).toEqual([
      "no pod gets flannel's network any more",
      "label w-1 provision/network=none",
      "kube-flannel-ds has left w-1",
      "hold the addresses of pods that stay on w-1",
      "flannel.1 goes on as vxlan.calico",
      "label w-1 provision/network=calico",
      "calico-node of w-1 is ready",
      "Felix is ready",
      "10-calico.conflist is what containerd makes pods' networks from",
      "Felix is in sync with the datastore",
      "w-1 is reached through the pod network",
      "take flannel's rules away",
      "pods that stayed on w-1 are made anew",
      "free the addresses held on w-1",
      "take flannel's bridge away",
    ]);
    expect(scriptsOf(actions)).not.toContain("ip route del");
    // An init container of Calico's own takes leases from there, and stops the whole cluster's IPAM for it.
    expect(scriptsOf(actions)).not.toContain("k8s-pod-network");
  });

  test("the way back is the same in reverse, and the bridge has its route again", () => {
    const node = freshMachine("w-1");
    const back = calico.back("network/node@w-1", node, live(both, unknown));
    expect(told(back)).toEqual([
      "no pod gets Calico's network any more",
      "label w-1 provision/network=none",
      "calico-node has left w-1",
      "vxlan.calico goes on as flannel.1",
      "take Calico's rules away",
      "free the addresses held on w-1",
      "label w-1 provision/network=flannel",
      "kube-flannel-ds of w-1 is ready",
      "pods that stayed on w-1 are made anew",
    ]);
    expect(scriptsOf(back)).toMatch(/ip addr add .* dev 'cni0'/);
  });

  test("flannel's annotations go with its objects, when no node has it", () => {
    const script = scriptsOf(calico.apply("network/left", null, live(both, unknown)));
    expect(script).toContain("'flannel.alpha.coreos.com/backend-data-'");
    expect(script.indexOf("k annotate")).toBeLessThan(script.indexOf("k delete"));
  });
});

test.each(["canal", "cilium", "multus"])(
  "Calico in place of %s is refused when that is a network, and no change when it is none",
  (part) => {
    const seen = calico.check("network/road", null, live(`${part}|kube-system/${part}\n`, ""));
    if (part === "multus") expect(seen.status).toBe("ok");
    else
      expect(seen).toMatchObject({
        status: "blocked",
        reasons: [{ code: "network/no-road", seen: expect.stringContaining("would not reach each other") }],
      });
  },
);
