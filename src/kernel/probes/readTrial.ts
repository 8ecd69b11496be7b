import { FactError, type FactReply } from "../../facts/fact.ts";
import type { Tried } from "../evidence.ts";

/** What a trial said, line by line, and what the kernel loaded for it. */
export interface TrialReply {
  readonly lines: readonly (readonly [what: string, ...rest: readonly string[]])[];
  /** Why nothing could be tried. */
  readonly impossible: string | null;
  /** Modules that trying loaded, and that were unloaded again. */
  readonly loaded: readonly string[];
}

const moduleName = /^[A-Za-z0-9_]{1,64}$/;

/** A reply to a script of `trial`. Throws FactError when it is not whole, or a module that trying loaded could not be unloaded. */
export function readTrial(key: string, { stdout }: FactReply): TrialReply {
  const all = stdout.split("\n").filter((line) => line !== "");
  if (all.pop() !== "end") throw new FactError(key, "the trial did not run to its end", stdout.slice(-200));
  const split = all.map((line) => line.split("\t") as [string, ...string[]]);
  const of = (what: string): string[] => split.flatMap(([first, text]) => (first === what ? [text ?? ""] : []));
  const modules = (what: string): string[] => of(what).map((name) => moduleIn(key, name));
  const left = modules("left");
  if (left.length > 0)
    throw new FactError(key, `trying loaded kernel modules that could not be unloaded again: ${left.join(", ")}`, "");
  return {
    lines: split.filter(([what]) => !["impossible", "loaded", "left"].includes(what)),
    impossible: of("impossible").map(printable)[0] ?? null,
    loaded: modules("loaded"),
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
      return { outcome, said: printable(text) };
    case "would-load":
      return { outcome, modules: words(text).map((name) => moduleIn(key, name)) };
    case "not-possible":
      return { outcome, why: printable(text) };
    default:
      throw new FactError(key, "not the outcome of a trial", `${outcome}`.slice(0, 200));
  }
}

/** The scripts send such text only; a machine that sends other text is not to reach the terminal with it. */
const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, " ").slice(0, 300);

const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");
