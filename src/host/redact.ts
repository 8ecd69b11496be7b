import { reveal, type Secret } from "../model/secret.ts";

/** Below this length a value would be found in innocent text everywhere. */
const shortest = 4;

/** Knows the secrets of a session and takes them out of what nodes say. */
export interface Redactor {
  /** Secrets of several lines are also known line by line, since tools print them so. */
  add(secret: string | Secret): void;
  redact(text: string): string;
}

export function makeRedactor(): Redactor {
  let longestFirst: string[] = [];
  return {
    add(secret) {
      const value = reveal(secret);
      const lines = value.split("\n").map((line) => line.trim());
      const parts = [
        value,
        value.trim(),
        Buffer.from(value).toString("base64"),
        ...(lines.length > 1 ? lines.filter((line) => line.length >= 12) : []),
      ];
      const known = new Set([...longestFirst, ...parts.filter((part) => part.length >= shortest)]);
      longestFirst = [...known].sort((a, b) => b.length - a.length);
    },
    redact: (text) => longestFirst.reduce((rest, value) => rest.replaceAll(value, "[secret]"), text),
  };
}
