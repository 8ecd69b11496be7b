import { FactError } from "../../facts/fact.ts";

/** What a machine said, fit for a message: printable, and not without end. */
export const plain = (text: string, limit = 80): string => text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, limit);

/** The values of the "name=value" lines of a reply, made plain, by name. */
export function valuesOf(stdout: string): (name: string) => readonly string[] {
  const lines = stdout.split("\n");
  return (name) => lines.flatMap((line) => (line.startsWith(`${name}=`) ? [plain(line.slice(name.length + 1), 4000)] : []));
}

/** For a script that ends with `echo end=yes`: throws FactError when the reply stops before that, as silence would pass for an answer. */
export function wholeOf(key: string, stdout: string): (name: string) => readonly string[] {
  const values = valuesOf(stdout);
  if (values("end")[0] !== "yes") throw new FactError(key, `the reply to ${key} is not whole`, plain(stdout));
  return values;
}
