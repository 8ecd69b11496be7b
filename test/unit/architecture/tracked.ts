import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../../..");

/** Files of the project, by their names from its root: what is tracked, and what is new and not ignored. */
export const tracked: readonly string[] = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"],
  {
    cwd: root,
    encoding: "utf8",
  },
)
  .split("\n")
  .filter((name) => name !== "" && exists(name));

export const read = (name: string): string => readFileSync(join(root, name), "utf8");

/** A file that was deleted and not committed yet is still listed. */
function exists(name: string): boolean {
  try {
    readFileSync(join(root, name));
    return true;
  } catch {
    return false;
  }
}

export const code = (folder: string): readonly string[] =>
  tracked.filter((name) => name.startsWith(folder) && name.endsWith(".ts"));

/** A source's text without comments, so that words in them are not taken for code. Strings stay. */
export const withoutComments = (text: string): string =>
  text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, "").replaceAll(/\s\/\/ .*$/gm, "");

/** What a source imports or exports from, as written. */
export const importsOf = (text: string): readonly string[] =>
  [
    ...withoutComments(text).matchAll(/(?:^|\s|;)(?:import|export)\s(?:[^"';]*?\sfrom\s)?"([^"]+)"|import\(\s*"([^"]+)"\s*\)/g),
  ].map(([, from, dynamic]) => from ?? dynamic ?? "");
