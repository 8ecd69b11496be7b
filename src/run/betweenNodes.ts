import { randomBytes } from "node:crypto";
import { FactError, readFacts } from "../facts/fact.ts";
import { type Held, HostError } from "../host/host.ts";
import type { ClusterSpec, NodeSpec } from "../model/cluster.ts";
import type { Heard } from "../preflight/between/heard.ts";
import { judgeBetween } from "../preflight/between/judgeBetween.ts";
import { assignment, legsOf, type Member, namesOf, peersOf, portsToOpen } from "../preflight/between/legs.ts";
import { type Listening, readListening, readRecords, readSent, type Sent } from "../preflight/between/replies.ts";
import { listenScript, noInterpreter, recordsScript, sendScript, type Words } from "../preflight/between/scripts.ts";
import { surveyOf } from "../preflight/between/survey.ts";
import type { Result } from "../preflight/check.ts";
import { lookAtHost } from "./look.ts";
import type { Sessions } from "./sessions.ts";

/** A sender ends by itself within 5 s and is killed by its own alarm after 12. */
const senderDeadline = 20_000;

/**
 * Lets the nodes named talk to each other, in both directions and at once, and tells what came of it. Three round trips: all listen; all
 * send; all tell what arrived. Nothing of it outlives the session it was started in, and nothing is left on the machines. A node that is
 * lost on the way is "unknown" in what concerns it. Does not reject because of a node.
 */
export async function betweenNodes(
  sessions: Sessions,
  { cluster }: { readonly cluster: ClusterSpec },
  answered: readonly string[],
): Promise<readonly Result[]> {
  const nodes = cluster.nodes.filter(({ name }) => answered.includes(name));
  const words: Words = { nonce: randomBytes(12).toString("hex"), answer: randomBytes(12).toString("hex") };
  const held: Held[] = [];
  try {
    const members = await forAll(nodes, (node) => meet(sessions, cluster, nodes, node, words, held));
    const present = new Map([...members].flatMap(([name, one]) => (typeof one === "string" ? [] : [[name, one] as const])));
    const legs = legsOf(cluster, nodes, present);
    const sent = await forAll(nodes, (node, index) => send(sessions, node, assignment(legs, words, node.name, index)));
    const records = await forAll(nodes, (node) => recordsOf(sessions, node, present.get(node.name)));
    return judgeBetween({ cluster, nodes, members, legs, sent, records } satisfies Heard);
  } finally {
    await Promise.allSettled(held.map((one) => one.release()));
  }
}

/** One answer for each node; a string where its machine did not give one: why. */
async function forAll<T>(
  nodes: readonly NodeSpec[],
  ask: (node: NodeSpec, index: number) => Promise<T | string>,
): Promise<ReadonlyMap<string, T | string>> {
  return new Map(
    await Promise.all(
      nodes.map(async (node, index) => {
        try {
          return [node.name, await ask(node, index)] as const;
        } catch (error) {
          if (error instanceof HostError || error instanceof FactError) return [node.name, error.message] as const;
          throw error;
        }
      }),
    ),
  );
}

/** The node listens, and tells how it reaches the others. */
async function meet(
  sessions: Sessions,
  cluster: ClusterSpec,
  nodes: readonly NodeSpec[],
  node: NodeSpec,
  words: Words,
  held: Held[],
): Promise<Member> {
  const facts = surveyOf(peersOf(nodes, nodes.indexOf(node)), namesOf(cluster));
  const listens = listen(sessions, node, words, portsToOpen(cluster, nodes, node), held);
  const looks = sessions.with(node.name, (host) => lookAtHost(host, Object.values(facts)));
  // Whatever becomes of the look, the listener must be known before this ends, or nobody would let go of it.
  await Promise.allSettled([listens, looks]);
  return { survey: readFacts(facts, await looks), listening: await listens };
}

async function listen(
  sessions: Sessions,
  { name, address }: NodeSpec,
  words: Words,
  ports: readonly string[],
  held: Held[],
): Promise<Listening | string | null> {
  if (ports.length === 0) return null;
  const one = await sessions.with(name, (host) => host.hold(listenScript(words, address, ports).text));
  held.push(one);
  if (one.firstLine === noInterpreter) return "neither perl nor python3 is there to listen with";
  return readListening(one.firstLine, ports) ?? "its listener did not start";
}

async function send(sessions: Sessions, node: NodeSpec, stdin: string | null): Promise<ReadonlyMap<number, Sent> | string> {
  if (stdin === null) return new Map();
  const { stdout } = await sessions.with(node.name, (host) => host.run(sendScript.text, { stdin, timeout: senderDeadline }));
  if (stdout.trim() === noInterpreter) return "neither perl nor python3 is there to send with";
  return readSent(stdout) ?? "it did not come to the end of what it was to send";
}

async function recordsOf(
  sessions: Sessions,
  node: NodeSpec,
  member: Member | undefined,
): Promise<ReadonlyMap<number, number> | string> {
  const listening = member?.listening;
  if (listening === undefined || listening === null || typeof listening === "string") return listening ?? "it did not listen";
  const { stdout } = await sessions.with(node.name, (host) => host.run(recordsScript(listening.pid).text));
  return readRecords(stdout) ?? "its listener ended too early";
}
