import { FactError, type FactReply } from "../../facts/fact.ts";
import type { Tried } from "../evidence.ts";

/** What a trial said, line by line, and what the kernel loaded for it. */
export interface TrialReply {
  readonly lines: readonly (readonly [what: string, ...rest: readonly string[]])[];
  /** Why nothing could be tried. */
  readonly impossible: string | null;
  /** Modules that trying loaded; all of them were unloaded again but those in `left`. */
  readonly loaded: readonly string[];
  readonly left: readonly string[];
}

const moduleName = /^[A-Za-z0-9_]{1,64}$/;

/** A reply to a script of `trial`. Throws FactError when it is not whole, or names no module as a module is named. */
export function readTrial(key: string, { stdout }: FactReply): TrialReply {
  const all = stdout.split("\n").filter((line) => line !== "");
  if (all.pop() !== "end") throw new FactError(key, "the trial did not run to its end", stdout.slice(-200));
  const split = all.map((line) => line.split("\t") as [string, ...string[]]);
  const of = (what: string): string[] => split.flatMap(([first, text]) => (first === what ? [text ?? ""] : []));
  const modules = (what: string): string[] => of(what).map((name) => moduleIn(key, name));
  return {
    lines: split.filter(([what]) => !["impossible", "loaded", "left"].includes(what)),
    impossible: of("impossible")[0] ?? null,
    loaded: modules("loaded"),
    left: modules("left"),
  };
}

function moduleIn(key: string, name: string): string {
  if (!moduleName.test(name)) throw new FactError(key, "not the name of a module", name.slice(0, 200));
  return name;
}

/** `outcome` and `text` as the scripts say them. */
export function tried(key: string, outcome: string | undefined, text: string): Tried {
  switch (outcome) {
    case "accepted":
      return { outcome };
    case "refused":
      return { outcome, said: text };
    case "would-load":
      return { outcome, modules: words(text).map((name) => moduleIn(key, name)) };
    case "not-possible":
      return { outcome, why: text };
    default:
      throw new FactError(key, "not the outcome of a trial", `${outcome}`.slice(0, 200));
  }
}

const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");
