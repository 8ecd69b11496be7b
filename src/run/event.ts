import type { Diagnostic } from "../model/diagnostic.ts";

/** Everything a run tells: to the journal, the screen and --json alike. `at` is ISO 8601 UTC. */
export type RunEvent = { readonly at: string; readonly run: string } & EventBody;

export type EventBody =
  | {
      readonly type: "run-started";
      readonly verb: string;
      readonly cluster: string;
      readonly steps: readonly { id: string; node: string | null; summary: string }[];
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

/** "changed": acted and now ok. "ok": nothing to do when its turn came. "not-run": something before it failed, or the run was stopped. */
export type StepOutcome = "ok" | "changed" | "failed" | "not-run";

export type Emit = (event: EventBody) => void;
