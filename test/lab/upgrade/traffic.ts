import { LabError } from "../LabError.ts";
import { waitFor } from "../waitFor.ts";
import { credentialsOf } from "./apiClient.ts";
import { type ApiWatch, apiWatch } from "./apiWatch.ts";
import { parseCounts, readCounts, requests, since, type Tally } from "./clientScript.ts";
import { controllerClient } from "./controllerClient.ts";
import type { Stage } from "./stage.ts";
import { COUNTS, NAMESPACE, NODE_PORT, nodeClients, web } from "./workload.ts";

const clientsPerNode = 3;

export interface Traffic {
  readonly api: ApiWatch;
  /** What every client counted so far. */
  tallies(): Promise<readonly Tally[]>;
  /** Clients on nodes go on; they end with the lab. */
  stop(): Promise<void>;
}

/** The service and all its clients; ends when each client has been answered. */
export async function startTraffic(stage: Stage): Promise<Traffic> {
  const { lab } = stage;
  await stage.checkRoutes();
  await stage.kubectl(`delete namespace ${NAMESPACE} --ignore-not-found --timeout=120s`); // of an earlier run on a lab that was kept
  await Promise.all(lab.nodes.map(({ name }) => stage.on(name, `rm -rf ${COUNTS}`)));
  await stage.kubectl("apply -f - >/dev/null", web);
  await stage.kubectl(`-n ${NAMESPACE} rollout status deployment/web --timeout=180s`);
  const clusterIp = await stage.kubectl(`-n ${NAMESPACE} get service web -o jsonpath={.spec.clusterIP}`);
  const answers = async (node: string, address: string): Promise<string | null> => {
    const { exitCode, stderr } = await lab.exec(node, `curl -sSf -o /dev/null --max-time 3 http://${address}:${NODE_PORT}/`);
    return exitCode === 0 ? null : stderr.trim();
  };
  for (const { name, address } of lab.nodes)
    await waitFor(`the service, on ${name}`, { intervalMs: 500, deadlineMs: 60_000 }, () => answers(name, address));
  await stage.kubectl("apply -f - >/dev/null", nodeClients(clusterIp, "cluster.local"));
  await stage.kubectl(`-n ${NAMESPACE} rollout status daemonset/clients --timeout=180s`);
  const credentials = credentialsOf(await stage.on(stage.plane, "cat /etc/kubernetes/admin.conf"));
  const api = apiWatch(stage.planes, credentials);
  const outside = controllerClient(
    lab.nodes.map(({ address }) => address),
    NODE_PORT,
  );
  const traffic: Traffic = {
    api,
    tallies: async () => {
      const counted = await Promise.all(
        lab.nodes.map(async ({ name }) => parseCounts(name, await stage.on(name, readCounts(COUNTS)))),
      );
      return [outside.tally(), ...counted.flat()];
    },
    stop: async () => {
      await Promise.all([api.stop(), outside.stop()]);
    },
  };
  try {
    await waitFor("an answer for every client", { intervalMs: 1000, deadlineMs: 90_000 }, async () => {
      stage.throwIfStopped();
      const tallies = await traffic.tallies();
      const wanted = 1 + lab.nodes.length * clientsPerNode;
      const without = tallies.filter(({ ok }) => ok < 5).map(({ client, failures }) => `${client} ${failures.at(-1) ?? ""}`);
      if (tallies.length < wanted) return `${tallies.length} of ${wanted} clients count`;
      return without.length === 0 ? null : without.join("; ");
    });
  } catch (error) {
    await traffic.stop();
    throw error;
  }
  return traffic;
}

/** Goes on until this many requests were sent since `before`; what was counted since then. */
export async function atLeast(
  stage: Stage,
  traffic: Traffic,
  before: readonly Tally[],
  wanted: number,
): Promise<readonly Tally[]> {
  let seen: readonly Tally[] = [];
  let last = -1;
  await waitFor(`${wanted} requests`, { intervalMs: 2000, deadlineMs: 1_200_000 }, async () => {
    stage.throwIfStopped();
    seen = since(before, await traffic.tallies());
    const sent = requests(seen);
    if (sent === last) throw new LabError(`no client sends any more, after ${sent} requests`);
    last = sent;
    return sent >= wanted ? null : `${sent} so far`;
  });
  return seen;
}
