import type { ApiTally, Cordon } from "./apiWatch.ts";
import { failed, requests, type Tally } from "./clientScript.ts";

const longestAllowedPauseMs = 30_000;

/** Reasons why the traffic proves nothing, or proves a loss; none when all is well. */
export function trafficProblems(tallies: readonly Tally[]): readonly string[] {
  const lost = failed(tallies);
  return [
    ...(lost === 0 ? [] : [`${lost} requests failed`]),
    ...tallies.filter(({ starts }) => starts !== 1).map(({ client, starts }) => `${client} was started ${starts} times`),
    ...tallies.filter((tally) => tally.ok === 0).map(({ client }) => `${client} was never answered`),
    ...tallies
      .filter(({ longestPauseMs }) => longestPauseMs > longestAllowedPauseMs)
      .map(({ client, longestPauseMs }) => `${client} sent nothing for ${(longestPauseMs / 1000).toFixed(1)} s`),
  ];
}

/** "0 failed requests of 12345", and below it what stands behind the number. */
export function renderTraffic(tallies: readonly Tally[]): string {
  const pause = Math.max(...tallies.map(({ longestPauseMs }) => longestPauseMs));
  const failures = tallies.flatMap(({ client, failures }) => failures.map((text) => `  ${client}: ${text}`));
  return [
    `${failed(tallies)} failed requests of ${requests(tallies)}`,
    `  ${tallies.length} clients, each always sending; the longest pause of one was ${(pause / 1000).toFixed(1)} s`,
    ...failures.slice(0, 20),
    ...(failures.length > 20 ? [`  and ${failures.length - 20} more`] : []),
  ].join("\n");
}

export function renderApi({ moments, silent, refusals }: ApiTally): string {
  // One line for moments that follow each other: the first's words say why.
  const spans: { said: string; from: string; to: string; count: number; last: number }[] = [];
  for (const { moment, at, said } of silent) {
    const span = spans.at(-1);
    if (span === undefined || moment > span.last + 1) spans.push({ said, from: at, to: at, count: 1, last: moment });
    else Object.assign(span, { to: at, count: span.count + 1, last: moment });
  }
  return [
    `API: ${silent.length} of ${moments} moments without an answering control plane`,
    `  not answering, one by one: ${[...refusals].map(([name, count]) => `${name} ${count}`).join(", ")}`,
    ...spans.slice(0, 20).map(({ from, to, count, said }) => `  ${from} to ${to}: ${count} moments; ${said}`),
  ].join("\n");
}

/** Cordon to uncordon of each worker: in the upgrade, by hand, and how they compare. A node that was cordoned twice has the sum. */
export function renderCordons(workers: readonly string[], upgrade: readonly Cordon[], hand: readonly Cordon[]): string {
  const of = (cordons: readonly Cordon[], nodes: readonly string[]) => {
    const own = cordons.filter(({ node }) => nodes.includes(node));
    const seconds = own.reduce((sum, cordon) => sum + cordon.seconds, 0);
    const pods = own.reduce((sum, cordon) => sum + cordon.webPods, 0);
    return { seconds, text: own.length === 0 ? "-" : `${seconds.toFixed(1)} s (${pods} pods)` };
  };
  const row = (name: string, nodes: readonly string[]) => {
    const [first, second] = [of(upgrade, nodes), of(hand, nodes)];
    const ratio = first.seconds > 0 && second.seconds > 0 ? (first.seconds / second.seconds).toFixed(2) : "-";
    return `  ${name.padEnd(8)}${first.text.padEnd(20)}${second.text.padEnd(20)}${ratio}`;
  };
  return [
    `cordon to uncordon:\n  ${"".padEnd(8)}${"upgrade".padEnd(20)}${"by hand".padEnd(20)}ratio`,
    ...workers.map((node) => row(node, [node])),
    row("all", workers),
  ].join("\n");
}
