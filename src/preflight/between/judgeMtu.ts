import { type Answer, doubtful, no, seen, unknown } from "../../kernel/answer.ts";
import type { NodeSpec } from "../../model/cluster.ts";
import { overheadOf } from "../../network/parts.ts";
import type { Result } from "../check.ts";
import { type Accusation, accuse, listed, type Tried } from "./accuse.ts";
import { arrived, byPair, Findings, type Heard, pairOf } from "./heard.ts";
import type { UdpLeg } from "./legs.ts";
import { talk, udpHeaders } from "./requirements.ts";
import { wayTo } from "./survey.ts";

/** Sizes of IP packets in bytes. */
interface Narrow {
  readonly mtu: number;
  /** The largest that arrived. */
  readonly path: number;
}

type Outcome = Tried<Narrow> & { readonly dark: string | null; readonly mtu: number };

/** "between/mtu": whether the largest packet each interface sends arrives unfragmented, in each direction. */
export function judgeMtu(heard: Heard): readonly Result[] {
  const findings = new Findings("between/mtu", "MTU between nodes");
  const pairs = byPair(heard.legs);
  const outcomes = heard.nodes.flatMap((from, a) =>
    heard.nodes.flatMap((to, b) => (talk(heard.nodes, a, b) ? [outcomeOf(heard, pairs, from, to)] : [])),
  );
  const known = outcomes.filter(({ dark }) => dark === null);
  for (const one of accuse(known)) findings.add(one.node, { what: whatOf(one), answer: accusation(heard, one) });
  for (const { name } of heard.nodes) {
    const fine = known.filter((leg) => leg.to === name && leg.bad === null);
    const sizes = listed([...new Set(fine.map(({ mtu }) => String(mtu)))]);
    if (fine.length > 0)
      findings.add(name, { what: `to ${name}`, answer: seen(`${sizes} bytes from ${listed(fine.map(({ from }) => from))}`) });
    const dark = outcomes.filter((leg) => leg.to === name && leg.dark !== null);
    const why = [...new Set(dark.map((leg) => leg.dark))].slice(0, 3).join("; ");
    if (dark.length > 0) findings.add(name, { what: `${listed(dark.map(({ from }) => from))} to ${name}`, answer: unknown(why) });
  }
  return findings.results(heard.nodes);
}

/** Two ports are tried where the overlay's is free: what arrives on either has come that way. */
function outcomeOf(heard: Heard, pairs: ReadonlyMap<string, readonly UdpLeg[]>, from: NodeSpec, to: NodeSpec): Outcome {
  const legs = (pairs.get(pairOf(from.name, to.name)) ?? []).filter((leg) => leg.through === null);
  const between = { from: from.name, to: to.name, bad: null, mtu: (legs[0]?.bytes ?? 0) + udpHeaders };
  const told = legs.map((leg) => arrived(heard, leg));
  const sizes = told.filter((size) => typeof size === "number");
  const most = Math.max(0, ...sizes);
  if (legs.length === 0) return { ...between, dark: notListened(heard, from.name, to.name) };
  if (sizes.length === 0) return { ...between, dark: String(told[0]) };
  if (legs[0]?.bytes === 0) return { ...between, dark: `it is not known by which interface ${from.name} reaches ${to.name}` };
  if (most === 0) return { ...between, dark: "nothing arrives over UDP on any port that was tried" };
  const bad = most >= (legs[0]?.bytes ?? 0) ? null : { mtu: between.mtu, path: most + udpHeaders };
  return { ...between, bad, dark: null };
}

function notListened(heard: Heard, ...nodes: readonly string[]): string {
  for (const node of [...nodes].reverse()) {
    const member = heard.members.get(node);
    if (member === undefined || typeof member === "string") return `${node}: ${member ?? "was not asked"}`;
    if (typeof member.listening === "string") return `${node}: ${member.listening}`;
  }
  return "there was no port to listen on";
}

const whatOf = (one: Accusation<Narrow>): string =>
  one.about === "sender"
    ? `${one.node} to ${listed(one.legs.map(({ to }) => to))}`
    : `${listed(one.legs.map(({ from }) => from))} to ${one.node}`;

function accusation(heard: Heard, one: Accusation<Narrow>): Answer {
  const path = Math.min(...one.legs.map(({ bad }) => bad.path));
  const mtu = Math.max(...one.legs.map(({ bad }) => bad.mtu));
  const { cni } = heard.cluster.network;
  const forPods =
    cni.name === "none" ? "" : `; ${cni.name} follows the interface and gives pods ${mtu - overheadOf(heard.cluster)}`;
  const which = one.about === "sender" ? `${one.node} sends` : `${listed(one.legs.map(({ from }) => from))} send to ${one.node}`;
  const why = `packets of ${mtu} bytes that ${which} are lost, the largest that arrives has ${path}${forPods}`;
  const ends = [...new Set(one.legs.flatMap((leg) => [endOf(heard, leg.from, leg.to), endOf(heard, leg.to, leg.from)]))];
  const [leg] = one.legs;
  const receiving = leg === undefined ? null : way(heard, leg.to, leg.from);
  const hint =
    receiving !== null && receiving.mtu < mtu && one.about !== "sender"
      ? `give ${receiving.device} of ${one.node} the MTU of the others, ${mtu}, or all of them the same ${receiving.mtu}`
      : `the interfaces take it, so it is on the way: raise the MTU between ${one.node} and the others to ${mtu}, or set that of the nodes' interfaces to ${path} or less`;
  // Without a CNI of this tool nobody here knows what packets pods will send.
  return (cni.name === "none" ? doubtful : no)(why, hint, ends.slice(0, 4).join(", "));
}

function way(heard: Heard, from: string, to: string) {
  const member = heard.members.get(from);
  const address = heard.nodes.find(({ name }) => name === to)?.address;
  return member === undefined || typeof member === "string" || address === undefined ? null : wayTo(member.survey, address);
}

function endOf(heard: Heard, node: string, other: string): string {
  const found = way(heard, node, other);
  return found === null ? `${node}: interface not known` : `${node} ${found.device}: MTU ${found.mtu}`;
}
