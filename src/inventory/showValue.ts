import type { Path } from "./placeFinder.ts";

/** "nodes[0].ssh.port"; keys with dots are quoted. */
export const formatPath = (path: Path): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const key = /^[\w/-]{1,64}$/.test(step) ? step : clip(JSON.stringify(step));
    return text === "" ? key : `${text}.${key}`;
  }, "");

/** The value at a path of plain data; undefined when there is none. Own properties only. */
export function valueAt(data: unknown, path: Path): unknown {
  let here = data;
  for (const step of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

/** A scalar as the file writes it (numbers keep their form: 1.30), texts in quotes, anything else in outline. */
export function quoteValue(value: unknown, source: string | null): string {
  if (typeof value === "string") return clip(JSON.stringify(value));
  if (typeof value !== "object" || value === null) return clip(source ?? String(value));
  return Array.isArray(value)
    ? value.length === 0
      ? "[]"
      : `a list of ${value.length}`
    : `{${clip(Object.keys(value).join(", "))}}`;
}

/** "text", "a number": for a value, or for the name zod gives a type. */
export function typeName(value: unknown): string {
  if (typeof value === "string" && names[value] !== undefined) return names[value];
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return names[typeof value] ?? "something else";
}

const names: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "a boolean (true or false)",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  null: "null",
};

const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);
