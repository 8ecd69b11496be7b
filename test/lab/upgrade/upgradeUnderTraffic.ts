import type { Cordon } from "./apiWatch.ts";
import { drainAndRestart } from "./byHand.ts";
import { since, type Tally } from "./clientScript.ts";
import { renderApi, renderCordons, renderTraffic, trafficProblems } from "./report.ts";
import type { Stage } from "./stage.ts";
import { atLeast, startTraffic, type Traffic } from "./traffic.ts";
import { notUpgraded } from "./upgraded.ts";

const wantedRequests = 10_000;

export interface Versions {
  readonly from: string;
  readonly to: string;
  /** Everything but the upgrade. */
  readonly rehearse: boolean;
}

/** The whole story on a lab that is up. What went wrong, one line each; empty when nothing did. */
export async function upgradeUnderTraffic(stage: Stage, { from, to, rehearse }: Versions): Promise<readonly string[]> {
  stage.writeInventory(from);
  await stage.mustProvision("up", ["up", "--yes"]);
  stage.say("a service, and clients that never stop asking it");
  const traffic = await startTraffic(stage);
  try {
    const upgrade = rehearse ? { problems: [], cordons: [], broken: false } : await upgradeNow(stage, traffic, to);
    if (upgrade.broken) return upgrade.problems;
    const hand = await handNow(stage, traffic);
    const workers = stage.workers.map(({ name }) => name);
    stage.tell(renderCordons(workers, upgrade.cordons, hand.cordons));
    return [...upgrade.problems, ...hand.problems];
  } finally {
    await traffic.stop();
  }
}

interface Part {
  readonly problems: readonly string[];
  readonly cordons: readonly Cordon[];
}

async function upgradeNow(stage: Stage, traffic: Traffic, to: string): Promise<Part & { readonly broken: boolean }> {
  const before = await traffic.tallies();
  const began = performance.now();
  const { code } = await stage.provision("upgrade", ["upgrade", "--to", to, "--yes"]);
  const seconds = Math.round((performance.now() - began) / 1000);
  const tallies = code === 0 ? await atLeast(stage, traffic, before, wantedRequests) : since(before, await traffic.tallies());
  const api = traffic.api.tally();
  stage.tell(`upgrade to ${to}: exit code ${code} after ${seconds} s\n${renderTraffic(tallies)}\n${renderApi(api)}`);
  const apiProblems =
    api.silent.length > 0 && stage.planes.length >= 3 ? [`no API server answered at ${api.silent.length} moments`] : [];
  const problems = [...trafficProblems(tallies), ...apiProblems];
  const cordons = traffic.api.cordons();
  if (code !== 0) return { problems: [`the upgrade ended with ${code}`, ...problems], cordons, broken: true };
  return { problems: [...problems, ...(await afterwards(stage, to))], cordons, broken: false };
}

/** The cluster is what was asked for, and the tool says so too. */
async function afterwards(stage: Stage, to: string): Promise<readonly string[]> {
  const problems = [...(await notUpgraded(stage, to))];
  stage.writeInventory(to);
  const again = await stage.provision("again", ["upgrade", "--yes"]);
  if (again.code !== 0 || !again.output.includes("Nothing to do"))
    problems.push(`provision upgrade again: exit code ${again.code}, and not "Nothing to do"`);
  const verify = await stage.provision("verify", ["verify"]);
  if (verify.code !== 0) problems.push(`provision verify: exit code ${verify.code}`);
  return problems;
}

/** Every worker, drained and restarted as a person would, under the same traffic: what the upgrade is measured by. */
async function handNow(stage: Stage, traffic: Traffic): Promise<Part> {
  const before: readonly Tally[] = await traffic.tallies();
  for (const { name } of stage.workers) {
    stage.throwIfStopped();
    await drainAndRestart(stage, name);
  }
  const tallies = since(before, await traffic.tallies());
  stage.tell(`by hand:\n${renderTraffic(tallies)}`);
  return { problems: trafficProblems(tallies).map((problem) => `by hand: ${problem}`), cordons: traffic.api.cordons() };
}
