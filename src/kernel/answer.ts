/** One thing asked of a machine, answered. Unknown is never told as yes. */
export type Answer =
  /** `seen`: it was done or read on the machine itself; `inferred`: concluded from `from`, e.g. "module vxlan can be loaded". */
  | { readonly says: "yes"; readonly by: "seen" | "inferred"; readonly from: string }
  /** "error" blocks unless waived; "warning" is told. `hint`: what would make it a yes: the option, the package, the inventory line. */
  | {
      readonly says: "no";
      readonly severity: "error" | "warning";
      readonly why: string;
      readonly seen?: string;
      readonly hint: string;
    }
  | { readonly says: "unknown"; readonly why: string; readonly hint?: string };

/** One part of a check's answer. `what` is short and stable, e.g. "nft_numgen" or "BTF". */
export interface Finding {
  readonly what: string;
  readonly answer: Answer;
}

export const seen = (from: string): Answer => ({ says: "yes", by: "seen", from });
export const inferred = (from: string): Answer => ({ says: "yes", by: "inferred", from });
export const no = (why: string, hint: string, observed?: string): Answer => ({
  says: "no",
  severity: "error",
  why,
  hint,
  ...(observed === undefined ? {} : { seen: observed }),
});
export const doubtful = (why: string, hint: string, observed?: string): Answer => ({
  says: "no",
  severity: "warning",
  why,
  hint,
  ...(observed === undefined ? {} : { seen: observed }),
});
export const unknown = (why: string, hint?: string): Answer => ({
  says: "unknown",
  why,
  ...(hint === undefined ? {} : { hint }),
});
