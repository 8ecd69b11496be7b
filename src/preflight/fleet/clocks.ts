import { hostFacts } from "../../facts/hostFacts.ts";
import { doubtful, type Finding, no } from "../../kernel/answer.ts";
import { fleetCheck } from "../check.ts";

/** As against the controller: a certificate made on one machine is not valid yet on one whose clock is that far behind. */
const errorSeconds = 60;
const what = "clocks";

/**
 * Machines whose clocks stand apart from the others'. The looks are not taken at one instant, so a spread of clocks says nothing; a gap of a minute
 * between one and the next nearest does. Smaller offsets are measured against the controller, which knows when it asked.
 */
export const clocks = fleetCheck({
  name: "fleet/clock",
  title: what,
  facts: () => ({ host: hostFacts }),
  judge: ({ nodes }) => {
    const clocks = [...nodes]
      .map(([node, { host }]) => ({ node, clock: host.clock }))
      .filter(({ clock }) => clock > 0)
      .sort((a, b) => a.clock - b.clock);
    const groups: (typeof clocks)[] = [];
    for (const one of clocks) {
      const last = groups.at(-1);
      if (last !== undefined && one.clock - (last.at(-1)?.clock ?? 0) < errorSeconds) last.push(one);
      else groups.push([one]);
    }
    const told = new Map<string, readonly Finding[]>();
    if (groups.length < 2) return told;
    const size = Math.max(...groups.map((group) => group.length));
    const largest = groups.filter((group) => group.length === size);
    const hint = "synchronise the machines' time, for example with systemd-timesyncd or chrony";
    const middle = (group: typeof clocks): number => group[Math.floor(group.length / 2)]?.clock ?? 0;
    const [right] = largest;
    for (const group of groups) {
      for (const { node, clock } of group) {
        if (largest.length > 1 || right === undefined) {
          const other = groups.find((one) => one !== group) ?? group;
          const apart = Math.abs(Math.round(clock - middle(other)));
          told.set(node, [{ what, answer: doubtful(`the clock is ${apart} s off that of ${other[0]?.node}`, hint) }]);
        } else if (group !== right) {
          const off = Math.round(clock - middle(right));
          const why = `the clock is ${Math.abs(off)} s ${off > 0 ? "ahead of" : "behind"} most other nodes'`;
          told.set(node, [{ what, answer: no(why, hint) }]);
        }
      }
    }
    return told;
  },
});
