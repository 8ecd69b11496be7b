/** What is known of one need, before its severity and its hints are added. */
export type Outcome =
  | { readonly says: "yes"; readonly by: "seen" | "inferred"; readonly from: string }
  /** `change`: what would make it a yes; "" when there is nothing to say. */
  | { readonly says: "no"; readonly why: string; readonly seen?: string; readonly change: string }
  | { readonly says: "unknown"; readonly why: string; readonly change?: string };

export const sawIt = (from: string): Outcome => ({ says: "yes", by: "seen", from });
export const concluded = (from: string): Outcome => ({ says: "yes", by: "inferred", from });
export const lacking = (why: string, change: string, seen?: string): Outcome => ({
  says: "no",
  why,
  change,
  ...(seen === undefined ? {} : { seen }),
});
export const notKnown = (why: string, change?: string): Outcome => ({
  says: "unknown",
  why,
  ...(change === undefined ? {} : { change }),
});

const joined = (texts: readonly string[], by: string): string => [...new Set(texts.filter((text) => text !== ""))].join(by);
const whys = (outcomes: readonly Outcome[]): string =>
  joined(
    outcomes.flatMap((one) => (one.says === "yes" ? [] : [one.why])),
    "; ",
  );

/** Everything is needed. */
export function allOf(outcomes: readonly Outcome[]): Outcome {
  const refused = outcomes.filter((one) => one.says === "no");
  if (refused.length > 0)
    return lacking(
      whys(refused),
      joined(
        refused.map((one) => one.change),
        "; ",
      ),
    );
  const open = outcomes.filter((one) => one.says === "unknown");
  if (open.length > 0) return notKnown(whys(open), open[0]?.change);
  const yes = outcomes.filter((one) => one.says === "yes");
  const from = joined(
    yes.map((one) => one.from),
    ", ",
  );
  return yes.every((one) => one.by === "seen") ? sawIt(from) : concluded(from);
}

/** One is enough; what was seen is told before what was concluded. Of several ways to a yes the first is told. */
export function anyOf(outcomes: readonly Outcome[]): Outcome {
  const yes = outcomes.filter((one) => one.says === "yes");
  const best = yes.find((one) => one.by === "seen") ?? yes[0];
  if (best !== undefined) return best;
  const open = outcomes.filter((one) => one.says === "unknown");
  if (open.length > 0) return notKnown(whys(open), open[0]?.change);
  const changes = outcomes.flatMap((one) => (one.says === "no" && one.change !== "" ? [one.change] : []));
  return lacking(whys(outcomes), changes[0] ?? "");
}
