import type { Finding } from "../../kernel/answer.ts";
import type { ClusterSpec, NodeSpec } from "../../model/cluster.ts";
import type { Result } from "../check.ts";
import type { Leg, Member, UdpLeg } from "./legs.ts";
import type { Sent } from "./replies.ts";

/** All that came back. */
export interface Heard {
  readonly cluster: ClusterSpec;
  /** Those that answered, in inventory order. */
  readonly nodes: readonly NodeSpec[];
  /** A string says why that node told nothing. */
  readonly members: ReadonlyMap<string, Member | string>;
  readonly legs: readonly Leg[];
  /** By sender. A string says why nothing is known; nothing for a node that had nothing to send. */
  readonly sent: ReadonlyMap<string, ReadonlyMap<number, Sent> | string>;
  /** By receiver: the largest datagram of each leg. */
  readonly records: ReadonlyMap<string, ReadonlyMap<number, number> | string>;
}

/** What the sender learned; a string: why nothing. */
export function sentOf(heard: Heard, leg: Leg): Sent | string {
  const sent = heard.sent.get(leg.from);
  if (sent === undefined || typeof sent === "string") return sent ?? "it sent nothing";
  return sent.get(leg.id) ?? "its answer does not speak of it";
}

/** Bytes of the largest datagram that arrived, 0 for none; a string: why that is not known. */
export function arrived(heard: Heard, leg: UdpLeg): number | string {
  const [sent, records] = [sentOf(heard, leg), heard.records.get(leg.to)];
  const acked = typeof sent === "object" && sent.kind === "acked" ? sent.bytes : 0;
  const recorded = typeof records === "object" ? (records.get(leg.id) ?? 0) : 0;
  const most = Math.max(acked, recorded);
  if (most > 0) return most;
  if (typeof sent === "string") return `${leg.from} could not be heard: ${sent}`;
  return typeof records === "object" ? 0 : `${leg.to} could not be heard: ${records ?? "it did not listen"}`;
}

/** Datagrams from one node to another, by `pairOf`. */
export function byPair(legs: readonly Leg[]): ReadonlyMap<string, readonly UdpLeg[]> {
  const found = new Map<string, UdpLeg[]>();
  for (const leg of legs) {
    if (leg.protocol !== "udp") continue;
    const own = found.get(pairOf(leg.from, leg.to));
    if (own === undefined) found.set(pairOf(leg.from, leg.to), [leg]);
    else own.push(leg);
  }
  return found;
}
export const pairOf = (from: string, to: string): string => `${from} ${to}`;

/** Findings by node, as they come; made into one Result for each node that has any. */
export class Findings {
  readonly #check: string;
  readonly #title: string;
  readonly #of = new Map<string, Finding[]>();

  constructor(check: string, title: string) {
    this.#check = check;
    this.#title = title;
  }

  add(node: string, finding: Finding): void {
    const own = this.#of.get(node);
    if (own === undefined) this.#of.set(node, [finding]);
    else own.push(finding);
  }

  /** In the order of `nodes`. */
  results(nodes: readonly NodeSpec[]): readonly Result[] {
    return nodes.flatMap(({ name }) => {
      const findings = this.#of.get(name);
      return findings === undefined ? [] : [{ check: this.#check, title: this.#title, node: name, findings }];
    });
  }
}
