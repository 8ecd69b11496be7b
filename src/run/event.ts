import type { Diagnostic } from "../model/diagnostic.ts";

/** Everything a run tells: to the journal, the screen and --json alike. `at` is ISO 8601 UTC. */
export type RunEvent = { readonly at: string; readonly run: string } & EventBody;

export type EventBody =
  | {
      readonly type: "run-started";
      readonly verb: string;
      readonly cluster: string;
      /** What is known to be done; an upgrade finds more on its way. */
      readonly steps: readonly { id: string; node: string | null; summary: string }[];
      /** Who runs it. */
      readonly by?: { readonly user: string; readonly host: string; readonly pid: number };
      readonly upgrade?: UpgradeBegin;
    }
  | { readonly type: "step-started"; readonly step: string; readonly node: string | null }
  | { readonly type: "action"; readonly step: string; readonly node: string | null; readonly summary: string }
  /** A condition is not met yet; told when the reason changes, not at every poll. */
  | {
      readonly type: "waiting";
      readonly step: string;
      readonly node: string | null;
      readonly summary: string;
      readonly reason: string;
    }
  | {
      readonly type: "step-ended";
      readonly step: string;
      readonly node: string | null;
      readonly outcome: StepOutcome;
      readonly seconds: number;
      readonly diagnostics?: readonly Diagnostic[];
    }
  | { readonly type: "note"; readonly message: string }
  | {
      readonly type: "run-ended";
      readonly outcome: "done" | "failed" | "interrupted";
      readonly seconds: number;
      readonly left: readonly string[];
    };

/** One hop of an upgrade as it is planned. A run of several hops tells one run-started each. */
export interface UpgradeBegin {
  /** Kubernetes versions. */
  readonly from: string;
  readonly to: string;
  /** Hops that come after this one. */
  readonly later: number;
  /** Control planes whose static pods are replaced. */
  readonly controlPlanes: readonly string[];
  /** Whose turn comes, in this order, at most `window` of a group at once. */
  readonly groups: readonly { readonly name: string; readonly window: number; readonly nodes: readonly string[] }[];
}

/** "changed": acted and now ok. "ok": nothing to do when its turn came. "not-run": something before it failed, or the run was stopped. */
export type StepOutcome = "ok" | "changed" | "failed" | "not-run";

export type Emit = (event: EventBody) => void;
