/** One visible change to a machine or the cluster. `target` is a path, a unit, an image, an object. */
export interface Change {
  readonly what:
    | "file"
    | "unit"
    | "binary"
    | "image"
    | "sysctl"
    | "module"
    | "command"
    | "object"
    | "node"
    | "certificate"
    | "swap"
    | "network";
  readonly action: "create" | "update" | "delete" | "start" | "restart" | "stop" | "enable" | "pull" | "run" | "set" | "look";
  readonly target: string;
  /** From what to what, in a few words. */
  readonly detail?: string;
  /** Whole texts, for --diff; absent for secrets and for what is not text. */
  readonly before?: string;
  readonly after?: string;
  /** What stops answering while this is done; absent: nothing. */
  readonly disrupts?: string;
}

export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly seen?: string;
  readonly hint?: string;
}

/** What a check found: nothing to do, these changes, or these reasons why it may not go on. */
export type Verdict =
  | { readonly status: "ok"; readonly warnings?: readonly Reason[] }
  | { readonly status: "change"; readonly changes: readonly Change[]; readonly warnings?: readonly Reason[] }
  | { readonly status: "blocked"; readonly reasons: readonly Reason[] };

export const ok: Verdict = { status: "ok" };
export const blocked = (...reasons: readonly Reason[]): Verdict => ({ status: "blocked", reasons });
export const changeIf = (changes: readonly Change[]): Verdict => (changes.length === 0 ? ok : { status: "change", changes });
