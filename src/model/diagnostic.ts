/** Where a message points: a place in a file, a node, or a step on a node. */
export interface Place {
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  readonly node?: string;
  readonly step?: string;
}

/** One thing to tell the user: what is wrong, where, what was seen, what to try. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** Stable name, e.g. "inventory/unknown-field". Shown in JSON, used by waivers and tests. */
  readonly code: string;
  readonly message: string;
  readonly place: Place;
  /** What the file or the node said, verbatim and already redacted. */
  readonly seen?: string;
  /** What to change. */
  readonly hint?: string;
}

/** 0 done, nothing to do; 1 failed while acting; 2 `plan` found changes; 3 blocked before anything was touched. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Ends a verb with diagnostics instead of a stack trace. Exit 3: nothing was changed. Exit 1: something was under way. */
export class ProvisionError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  readonly exitCode: ExitCode;
  constructor(diagnostics: readonly Diagnostic[], exitCode: 1 | 3) {
    super(diagnostics.map((d) => d.message).join("; "));
    this.name = "ProvisionError";
    this.diagnostics = diagnostics;
    this.exitCode = exitCode;
  }
}

/** "file:line:column", "node-1", "node-1 containerd/config" or "". */
export function formatPlace(place: Place): string {
  if (place.file !== undefined) return [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
  return [place.node, place.step].filter((part) => part !== undefined).join(" ");
}
