import { no, seen, unknown } from "../../kernel/answer.ts";
import type { Result } from "../check.ts";
import { type Accusation, accuse, listed, type Tried } from "./accuse.ts";
import { arrived, byPair, Findings, type Heard, pairOf, sentOf } from "./heard.ts";
import { judgeEndpoint } from "./judgeOutside.ts";
import type { TcpLeg, UdpLeg } from "./legs.ts";
import { errorName, type Sent } from "./replies.ts";
import { type PortRequirement, portsOf, talk } from "./requirements.ts";

/** "between/tcp": every port that nodes need of each other, by whom it is needed; and the load balancer, where there is one. */
export function judgeTcp(heard: Heard): readonly Result[] {
  const findings = new Findings("between/tcp", "TCP between nodes");
  for (const row of portsOf(heard.cluster, "tcp")) {
    const legs = heard.legs.filter(
      (leg): leg is TcpLeg => leg.protocol === "tcp" && "to" in leg.aim && leg.aim.row.port === row.port,
    );
    judgePort(
      heard,
      findings,
      row,
      legs.map((leg) => tcpTried(heard, leg)),
    );
  }
  judgeEndpoint(heard, findings);
  return findings.results(heard.nodes);
}

/** "between/udp": the overlay's port. */
export function judgeUdp(heard: Heard): readonly Result[] {
  const findings = new Findings("between/udp", "UDP between nodes");
  for (const row of portsOf(heard.cluster, "udp")) {
    const legs = heard.legs.filter((leg): leg is UdpLeg => leg.protocol === "udp" && leg.row?.port === row.port);
    const telling = meaningful(heard, legs);
    judgePort(
      heard,
      findings,
      row,
      legs.map((leg) => udpTried(heard, leg, telling)),
    );
    outsideOfTunnel(heard, findings, row, legs);
  }
  return findings.results(heard.nodes);
}

/** A node that is to join an overlay which runs: what it sends cannot be tried, since the port is the overlay's. Told once, on that node. */
function outsideOfTunnel(heard: Heard, findings: Findings, row: PortRequirement, legs: readonly UdpLeg[]): void {
  const tried = new Set(legs.map(({ from, to }) => pairOf(from, to)));
  const reached = new Set(legs.map(({ to }) => to));
  heard.nodes.forEach(({ name: from }, a) => {
    if (typeof heard.members.get(from) !== "object") return;
    const untried = heard.nodes.filter(
      ({ name: to }, b) => talk(heard.nodes, a, b) && reached.has(to) && !tried.has(pairOf(from, to)),
    );
    if (untried.length === 0) return;
    const those = listed(untried.map(({ name }) => name));
    const answer = unknown(`the overlay of ${those} runs, and has the port; ${from} is not in it yet`);
    findings.add(from, { what: `${from} to ${those} ${row.port}/${row.protocol}`, answer });
  });
}

/** `bad`: what was seen. `dark`: why nothing is known of it. */
type Outcome = Tried<string> & { readonly dark: string | null };

function tcpTried(heard: Heard, leg: TcpLeg): Outcome {
  const between = { from: leg.from, to: "to" in leg.aim ? leg.aim.to : "" };
  const sent = sentOf(heard, leg);
  if (typeof sent === "string") return { ...between, bad: null, dark: `${leg.from} could not be heard: ${sent}` };
  if (sent.kind === "ok") return { ...between, bad: null, dark: null };
  // A listener that ended before its time is no firewall.
  const records = heard.records.get(between.to);
  if (leg.answers && typeof records !== "object")
    return { ...between, bad: null, dark: `${between.to} could not be heard: ${records ?? "it did not listen"}` };
  return { ...between, bad: `${leg.address}:${leg.port}: ${tcpFailure(sent)}`, dark: null };
}

/** What a failed connection looked like. */
export function tcpFailure(sent: Sent): string {
  if (sent.kind === "error") return errorName(sent.errno);
  if (sent.kind === "stranger") return "something else than that node's listener answers";
  return sent.kind === "silent" ? "the connection is made, but nothing comes over it" : "no answer within 2.5 s";
}

function udpTried(heard: Heard, leg: UdpLeg, telling: ReadonlySet<UdpLeg>): Outcome {
  const between = { from: leg.from, to: leg.to };
  const most = arrived(heard, leg);
  if (typeof most === "string") return { ...between, bad: null, dark: most };
  const sent = sentOf(heard, leg);
  const failed =
    typeof sent === "object" && sent.kind === "error" ? `sending: ${errorName(sent.errno)}` : "nothing arrives in 2 s";
  const where = leg.through === null ? `${leg.address}:${leg.port}` : `${leg.address} through ${leg.through}`;
  const dark = most === 0 && leg.through !== null && !telling.has(leg) ? `${where}: ${failed}` : null;
  return { ...between, bad: most > 0 || dark !== null ? null : `${where}: ${failed}`, dark };
}

/**
 * Legs whose tunnel is to be judged: beside it the node is reached, and it belongs to a living network, for something gets through it
 * somewhere. Of the others nobody knows whether they are a remnant, or whether a firewall keeps out what this check sends.
 */
function meaningful(heard: Heard, legs: readonly UdpLeg[]): ReadonlySet<UdpLeg> {
  const gets = (leg: UdpLeg): boolean => Number(arrived(heard, leg)) > 0;
  if (!legs.some((leg) => leg.through !== null && gets(leg))) return new Set();
  const pairs = byPair(heard.legs);
  return new Set(legs.filter(({ from, to }) => pairs.get(pairOf(from, to))?.some((leg) => leg.row === null && gets(leg))));
}

/** One port everywhere: who is to blame for what failed, what went well, and what is not known, on the node that listens. */
function judgePort(heard: Heard, findings: Findings, row: PortRequirement, outcomes: readonly Outcome[]): void {
  const port = `${row.port}/${row.protocol}`;
  const known = outcomes.filter(({ dark }) => dark === null);
  for (const one of accuse(known)) findings.add(one.node, { what: whatOf(one, port), answer: accusation(one, row) });
  for (const node of heard.nodes) {
    const to = { what: `to ${node.name} ${port}`, node: node.name };
    const fine = known.filter((leg) => leg.to === node.name && leg.bad === null).map(({ from }) => from);
    if (fine.length > 0) findings.add(node.name, { what: to.what, answer: seen(`from ${listed(fine)}`) });
    const dark = outcomes.filter((leg) => leg.to === node.name && leg.dark !== null);
    if (dark.length > 0)
      findings.add(node.name, {
        what: to.what,
        answer: unknown([...new Set(dark.map((leg) => leg.dark))].slice(0, 3).join("; ")),
      });
    if (!row.to(node) || heard.nodes.every((other) => other === node || !row.from(other))) continue;
    if (outcomes.some((leg) => leg.to === node.name)) continue;
    const why = notTried(heard, row, node.name);
    if (why !== null) findings.add(node.name, { what: to.what, answer: unknown(why) });
  }
}

/** Why that port of that node was not tried; null when it was. */
function notTried(heard: Heard, row: PortRequirement, node: string): string | null {
  const member = heard.members.get(node);
  if (member === undefined || typeof member === "string") return member ?? "the node was not asked";
  if (member.listening === null || typeof member.listening === "string") return member.listening ?? "the node did not listen";
  const opened = member.listening.ports.get(`${row.protocol}/${row.port}`);
  if (opened === undefined) return "the node did not listen";
  if (opened === "taken") {
    if (row.protocol === "tcp") return null;
    const vxlan = member.survey.vxlan.get(row.port);
    return vxlan === undefined
      ? "a process of that machine has the port; nothing of it was disturbed"
      : `${vxlan} receives there already, and none of the others has such a tunnel to try it through`;
  }
  return "errno" in opened ? `it cannot be listened on: ${errorName(opened.errno)}` : null;
}

/** "w-1 to cp-1 6443/tcp", "cp-1 and w-2 to w-1 8472/udp". */
export function whatOf(one: Accusation<unknown>, port: string): string {
  const [from, to] = [one.legs.map((leg) => leg.from), one.legs.map((leg) => leg.to)];
  return `${one.about === "sender" ? one.node : listed(from)} to ${one.about === "sender" ? listed(to) : one.node} ${port}`;
}

function accusation(one: Accusation<string>, row: PortRequirement) {
  const port = `${row.port}/${row.protocol}`;
  const observed = [...new Set(one.legs.map(({ bad }) => bad))].slice(0, 3).join("; ");
  const from = listed(one.legs.map((leg) => leg.from));
  if (one.about === "sender")
    return no(
      `nothing that ${one.node} sends to ${port} (${row.service}) gets through, though others' does`,
      `let ${port} out on ${one.node} in its firewall, and in any between (security groups)`,
      observed,
    );
  return no(
    one.about === "receiver"
      ? `${port} (${row.service}) of ${one.node} cannot be reached by any that tried`
      : `${port} (${row.service}) of ${one.node} cannot be reached from ${from}`,
    `let ${port} in from ${from} in the firewall of ${one.node}, and in any between (security groups)`,
    observed,
  );
}
