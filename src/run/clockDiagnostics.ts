import { type FactReplies, readFacts } from "../facts/fact.ts";
import { hostFacts } from "../facts/hostFacts.ts";
import type { ClusterSpec } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";

/** A certificate made by one machine is not valid yet on another whose clock is behind: kubeadm's start at the moment they are made. */
const errorSeconds = 60;
const warningSeconds = 5;

/** Nodes whose clock is off from the controller's. `now`: the controller's, in seconds since 1970, taken just after the look. */
export function clockDiagnostics(
  cluster: ClusterSpec,
  nodes: ReadonlyMap<string, FactReplies>,
  now: number,
): readonly Diagnostic[] {
  return cluster.nodes.flatMap(({ name }): Diagnostic[] => {
    const replies = nodes.get(name);
    if (replies?.has(hostFacts.key) !== true) return [];
    const off = Math.round(readFacts({ host: hostFacts }, replies).host.clock - now);
    if (Math.abs(off) < warningSeconds) return [];
    const message = `the clock is ${Math.abs(off)} s ${off > 0 ? "ahead of" : "behind"} this machine's`;
    return [
      {
        severity: Math.abs(off) >= errorSeconds ? "error" : "warning",
        code: "os/clock",
        message,
        place: { node: name },
        hint: "synchronise the machine's time, for example with systemd-timesyncd or chrony",
      },
    ];
  });
}
