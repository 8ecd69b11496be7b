import { stripVTControlCharacters } from "node:util";

/** An action or condition that did not come out as it should. Carries what a person needs; the walk adds node and step. */
export class StepFailure extends Error {
  readonly code: string;
  readonly seen: string | undefined;
  readonly hint: string | undefined;
  constructor(code: string, message: string, more: { readonly seen?: string; readonly hint?: string } = {}) {
    super(message);
    this.name = "StepFailure";
    this.code = code;
    this.seen = more.seen;
    this.hint = more.hint;
  }
}

/** The last lines of what a command said: enough to see why, short enough to read. */
export const lastWords = (text: string, lines = 15): string =>
  stripVTControlCharacters(text).trimEnd().split("\n").slice(-lines).join("\n");
