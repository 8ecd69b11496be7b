import { get } from "node:http";
import type { Tally } from "./clientScript.ts";
import { type Endless, endless } from "./endless.ts";

const limitMs = 3000;

export interface ControllerClient extends Endless {
  tally(): Tally;
}

/** A client outside the cluster: the NodePort on every node's address in turn, each request a connection of its own with 3 s to answer. */
export function controllerClient(addresses: readonly string[], port: number): ControllerClient {
  let [ok, turn, longestPauseMs] = [0, 0, 0];
  let last = performance.now();
  const failures: string[] = [];
  const loop = endless(200, async () => {
    const now = performance.now();
    longestPauseMs = Math.max(longestPauseMs, now - last);
    last = now;
    const address = addresses[turn++ % addresses.length] ?? "";
    const problem = await request(address, port);
    if (problem === null) ok++;
    else
      failures.push(`${new Date().toISOString()} ${address}:${port} after ${Math.round(performance.now() - now)} ms: ${problem}`);
  });
  return {
    ...loop,
    tally: () => ({
      client: "controller node-port",
      ok,
      failed: failures.length,
      longestPauseMs: Math.round(longestPauseMs),
      failures: [...failures],
      starts: 1,
    }),
  };
}

/** null: the whole answer came, from a pod of the service. */
const request = (host: string, port: number): Promise<string | null> =>
  new Promise((resolve) => {
    const signal = AbortSignal.timeout(limitMs);
    const asked = get({ host, port, path: "/", agent: false, signal, headers: { connection: "close" } }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on("error", (error) => resolve(error.message));
      response.on("end", () =>
        resolve(response.statusCode === 200 && body.startsWith("web-") ? null : `HTTP ${response.statusCode}: ${body}`),
      );
    });
    asked.on("error", (error) => resolve(signal.aborted ? `no answer within ${limitMs / 1000} s` : error.message));
  });
