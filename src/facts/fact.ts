import type { Script } from "../host/sh.ts";

/** What one probe printed: its exit code and standard output. Standard error is folded into `stderr` for messages only. */
export interface FactReply {
  readonly code: number;
  readonly stdout: string;
}

/** One thing to know about a machine. `script` only reads; `parse` is pure and throws FactError on what it does not understand. */
export interface Fact<T> {
  /** Equal keys mean equal scripts: the same fact asked for by many steps is looked up once. */
  readonly key: string;
  readonly script: Script;
  readonly parse: (reply: FactReply) => T;
}

export type FactSpec = Readonly<Record<string, Fact<unknown>>>;
export type FactValues<S extends FactSpec> = { readonly [K in keyof S]: S[K] extends Fact<infer T> ? T : never };

/** Replies of one look at one machine, by fact key. */
export type FactReplies = ReadonlyMap<string, FactReply>;

export class FactError extends Error {
  readonly key: string;
  readonly seen: string;
  constructor(key: string, message: string, seen: string) {
    super(message);
    this.name = "FactError";
    this.key = key;
    this.seen = seen;
  }
}

/** Picks and parses the facts of `spec` out of a look. Throws FactError for one that was not asked or not understood. */
export function readFacts<S extends FactSpec>(spec: S, replies: FactReplies): FactValues<S> {
  const values: Record<string, unknown> = {};
  for (const [name, fact] of Object.entries(spec)) {
    const reply = replies.get(fact.key);
    if (reply === undefined) throw new FactError(fact.key, `no answer for fact ${fact.key}`, "");
    values[name] = fact.parse(reply);
  }
  return values as FactValues<S>;
}
