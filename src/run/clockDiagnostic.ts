import { type FactReplies, readFacts } from "../facts/fact.ts";
import { hostFacts } from "../facts/hostFacts.ts";
import type { Diagnostic } from "../model/diagnostic.ts";

/** A certificate made by one machine is not valid yet on another whose clock is behind: kubeadm's start at the moment they are made. */
const errorSeconds = 60;
const warningSeconds = 5;

/**
 * Tells when a machine's clock is off from the controller's; null when it is not, or was not asked. `from` and `to`: the controller's,
 * in seconds since 1970, when the look began and ended. The machine read its clock somewhere in between, so only what lies outside counts.
 */
export function clockDiagnostic(node: string, replies: FactReplies, from: number, to: number): Diagnostic | null {
  if (!replies.has(hostFacts.key)) return null;
  const { clock } = readFacts({ host: hostFacts }, replies).host;
  const off = Math.round(Math.min(clock - from, 0) || Math.max(clock - to, 0));
  if (Math.abs(off) < warningSeconds) return null;
  return {
    severity: Math.abs(off) >= errorSeconds ? "error" : "warning",
    code: "os/clock",
    message: `the clock is ${Math.abs(off)} s ${off > 0 ? "ahead of" : "behind"} this machine's`,
    place: { node },
    hint: "synchronise the machine's time, for example with systemd-timesyncd or chrony",
  };
}
