import type { ClusterSpec, NodeSpec } from "../../../../src/model/cluster.ts";
import type { Heard } from "../../../../src/preflight/between/heard.ts";
import { judgeBetween } from "../../../../src/preflight/between/judgeBetween.ts";
import { type Leg, legsOf, type Member, namesOf, portsToOpen } from "../../../../src/preflight/between/legs.ts";
import type { Opened, Sent } from "../../../../src/preflight/between/replies.ts";
import { outcomeOfAnswer } from "../../../../src/preflight/results.ts";

/** A node whose ports are free, but for those of `taken`, and whose only interface has that MTU. */
export function memberOf(cluster: ClusterSpec, node: NodeSpec, taken: readonly string[] = [], mtu = 1500): Member {
  const asked = portsToOpen(cluster, cluster.nodes, node);
  const ports = asked.map((one): readonly [string, Opened] => [
    one,
    taken.includes(one) ? "taken" : { port: one === "udp/0" ? 40_000 : Number(one.slice(4)) },
  ]);
  return {
    survey: {
      links: new Map([["eth0", mtu]]),
      routes: new Map(cluster.nodes.map(({ address }) => [address, "eth0"])),
      vxlan: new Map(taken.includes("udp/8472") ? [[8472, "flannel.1"]] : []),
      addresses: new Map(taken.includes("udp/8472") ? [["flannel.1", `10.244.${cluster.nodes.indexOf(node)}.0`]] : []),
      names: new Map(namesOf(cluster).map((name) => [name, ["10.9.9.9"]])),
    },
    listening: asked.length === 0 ? null : { pid: 1, ports: new Map(ports) },
  };
}

export interface Network {
  readonly members?: Readonly<Record<string, Member | string>>;
  readonly taken?: readonly string[];
  /** What becomes of a leg, where it is not all right. A size: the largest datagram that arrives. */
  readonly leg?: (leg: Leg) => Sent | number | undefined;
  /** Nodes whose acknowledgements do not come back. */
  readonly deaf?: readonly string[];
}

/** What nodes tell on such a network. */
export function heardOf(
  cluster: ClusterSpec,
  { members: told = {}, taken = [], leg: fate = () => undefined, deaf = [] }: Network = {},
): Heard {
  const members = new Map(cluster.nodes.map((node) => [node.name, told[node.name] ?? memberOf(cluster, node, taken)] as const));
  const present = new Map([...members].flatMap(([name, one]) => (typeof one === "string" ? [] : [[name, one] as const])));
  const legs = legsOf(cluster, cluster.nodes, present);
  const sent = new Map<string, Map<number, Sent> | string>();
  const records = new Map<string, Map<number, number> | string>();
  for (const [name, one] of members) {
    sent.set(name, typeof one === "string" ? one : new Map());
    records.set(name, typeof one === "string" ? one : new Map());
  }
  for (const leg of legs) {
    const [own, other] = [sent.get(leg.from), leg.protocol === "udp" ? records.get(leg.to) : undefined];
    const what = fate(leg);
    if (typeof own !== "object") continue;
    if (typeof what === "object") own.set(leg.id, what);
    else if (leg.protocol === "tcp") own.set(leg.id, { kind: "ok", microseconds: 300 });
    else {
      const bytes = what ?? Math.max(leg.bytes, 100);
      own.set(leg.id, { kind: "acked", bytes: deaf.includes(leg.from) ? 0 : bytes });
      if (typeof other === "object" && bytes > 0) other.set(leg.id, bytes);
    }
  }
  return { cluster, nodes: cluster.nodes, members, legs, sent, records };
}

/** What is told of it, but for what is well: "between/udp w-1: no cp-1 to w-1 8472/udp". */
export const toldOf = (heard: Heard): readonly string[] =>
  judgeBetween(heard).flatMap(({ check, node, findings }) =>
    findings
      .map(({ what, answer }) => ({ what, outcome: outcomeOfAnswer(answer) }))
      .filter(({ outcome }) => outcome !== "yes")
      .map(({ what, outcome }) => `${check} ${node}: ${outcome} ${what}`),
  );
