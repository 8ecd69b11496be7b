import { inspect } from "node:util";

const redacted = "[secret]";

/** A value that prints as "[secret]" in every log, template string, JSON and inspection. `reveal()` is the only way out. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return redacted;
  }
  toJSON(): string {
    return redacted;
  }
  [inspect.custom](): string {
    return redacted;
  }
}

export const reveal = (value: string | Secret): string => (value instanceof Secret ? value.reveal() : value);
