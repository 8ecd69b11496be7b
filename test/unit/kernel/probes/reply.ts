import { readFileSync } from "node:fs";
import type { Fact, FactReply } from "../../../../src/facts/fact.ts";
import { FactError } from "../../../../src/facts/fact.ts";

/** What a real machine answered. */
export const captured = (name: string): string => readFileSync(new URL(`./fixtures/${name}.txt`, import.meta.url), "utf8");

export const replied = (stdout: string): FactReply => ({ code: 0, stdout });

/** The FactError that the parser answers with; null: it took the reply. Anything else thrown goes through. */
export function refusal(fact: Fact<unknown>, stdout: string): FactError | null {
  try {
    fact.parse(replied(stdout));
    return null;
  } catch (error) {
    if (error instanceof FactError) return error;
    throw error;
  }
}
