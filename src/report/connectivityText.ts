import type { Connectivity, Tally } from "../run/connectivity.ts";

/** "pods       6 of 6, 1 ms in the middle", a line each. */
export function connectivityText({ pods, service, dns, policies }: Connectivity, network: string): string {
  const line = (what: string, { tried, answered, milliseconds }: Tally): string =>
    `${what.padEnd(11)}${answered} of ${tried}${milliseconds === null ? "" : `, ${milliseconds} ms at the median`}`;
  const kept =
    policies === null
      ? `not asked of ${network}`
      : `denied after ${policies.denied.toFixed(1)} s, allowed after ${policies.allowed.toFixed(1)} s`;
  return `${[line("pod to pod", pods), line("ClusterIP", service), line("DNS", dns), `${"policies".padEnd(11)}${kept}`].join("\n")}\n`;
}
