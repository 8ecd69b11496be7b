import { doubtful, seen, unknown } from "../../kernel/answer.ts";
import { isControlPlane } from "../../model/cluster.ts";
import type { Result } from "../check.ts";
import { listed } from "./accuse.ts";
import { Findings, type Heard, sentOf } from "./heard.ts";
import { etcdRoundTrip } from "./requirements.ts";

interface Pair {
  readonly a: string;
  readonly b: string;
  /** Round trip in ms; null: no connection was made. */
  readonly ms: number | null;
}

/** "between/etcd-latency": the quickest TCP handshake between two control planes, as their kernels measured it. A slow one is told once. */
export function judgeLatency(heard: Heard): readonly Result[] {
  const findings = new Findings("between/etcd-latency", "etcd latency");
  const planes = heard.nodes.filter(isControlPlane).map(({ name }) => name);
  const pairs = planes.flatMap((a, i) => planes.slice(i + 1).map((b): Pair => ({ a, b, ms: quickest(heard, a, b) })));
  const has = (node: string) => (pair: Pair) => pair.a === node || pair.b === node;
  const peer = (node: string) => (pair: Pair) => (pair.a === node ? pair.b : pair.a);
  let slow = pairs.filter(({ ms }) => ms !== null && ms > etcdRoundTrip.warnMs);
  const tell = (node: string, those: readonly Pair[]): void => {
    const peers = listed(those.map(peer(node)));
    findings.add(node, {
      what: `${node} to ${peers}`,
      answer: doubtful(
        `a round trip between etcd members above ${etcdRoundTrip.warnMs} ms is long for its heartbeat of ${etcdRoundTrip.heartbeatMs} ms: leaders get lost (${etcdRoundTrip.source})`,
        "put control planes nearer to each other; 3 in one region serve better than 5 far apart",
        those.map((pair) => `${peer(node)(pair)}: ${shown(pair.ms ?? 0)}`).join(", "),
      ),
    });
    slow = slow.filter((pair) => !those.includes(pair));
  };
  for (const node of planes) {
    const own = slow.filter(has(node));
    if (own.length >= 2 && own.length === pairs.filter(has(node)).length) tell(node, own);
  }
  for (const pair of slow) tell(pair.b, [pair]);
  for (const node of planes) {
    const own = pairs.filter(has(node));
    const fine = own.flatMap(({ ms }) => (ms === null || ms > etcdRoundTrip.warnMs ? [] : [ms]));
    if (fine.length > 0)
      findings.add(node, {
        what: `from ${node}`,
        answer: seen(`${shown(Math.max(...fine))} at most, over ${fine.length} of ${own.length}`),
      });
    const dark = own.filter(({ ms }) => ms === null).map(peer(node));
    if (dark.length > 0)
      findings.add(node, { what: `${node} to ${listed(dark)}`, answer: unknown("no connection was made; see between/tcp") });
  }
  return findings.results(heard.nodes);
}

const shown = (ms: number): string => (ms < 0.1 ? "less than 0.1 ms" : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`);

function quickest(heard: Heard, a: string, b: string): number | null {
  const took = heard.legs.flatMap((leg) => {
    if (leg.protocol !== "tcp" || !("to" in leg.aim)) return [];
    if (!((leg.from === a && leg.aim.to === b) || (leg.from === b && leg.aim.to === a))) return [];
    const sent = sentOf(heard, leg);
    // 0: the handshake was repeated, and its kernel measured nothing.
    return typeof sent === "object" && sent.kind === "ok" && sent.microseconds > 0 ? [sent.microseconds / 1000] : [];
  });
  return took.length === 0 ? null : Math.min(...took);
}
