import { sh } from "../host/sh.ts";
import { type Fact, FactError } from "./fact.ts";

export type FileState =
  | { readonly kind: "absent" }
  | {
      readonly kind: "file";
      /** "644", without a leading zero. */
      readonly mode: string;
      /** "root:root". */
      readonly owner: string;
      readonly sha256: string;
      /** Present for text files up to 64 KiB that were asked for with their content. */
      readonly content?: string;
    }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "other"; readonly what: string };

/** A path: what stands there, its digest, and (unless it is a secret) its text for `plan --diff`. */
export function fileFact(path: string, withContent: boolean): Fact<FileState> {
  const key = `file ${withContent ? "+" : "-"} ${path}`;
  const content = withContent ? sh`if [ "$(stat -c %s "$p")" -le 65536 ]; then base64 -w0 "$p"; fi` : sh`:`;
  const script = sh`p=${path}
if [ -L "$p" ]; then printf 'link '; readlink "$p"
elif [ -f "$p" ]; then stat -c 'file %a %U:%G' "$p"; sha256sum <"$p"; ${content}
elif [ -e "$p" ]; then stat -c 'other %F' "$p"
else echo absent; fi`;
  return { key, script, parse: ({ stdout }) => parseFile(key, stdout) };
}

function parseFile(key: string, stdout: string): FileState {
  const [head = "", digest = "", content = ""] = stdout.split("\n");
  const [kind, ...rest] = head.split(" ");
  if (kind === "absent") return { kind: "absent" };
  if (kind === "link") return { kind: "link", target: rest.join(" ") };
  if (kind === "other") return { kind: "other", what: rest.join(" ") };
  const [mode, owner] = rest;
  const sha256 = /^[0-9a-f]{64}/.exec(digest)?.[0];
  if (kind !== "file" || mode === undefined || owner === undefined || sha256 === undefined) {
    throw new FactError(key, `could not read the state of ${key.slice(7)}`, stdout.slice(0, 200));
  }
  const text = content === "" ? undefined : Buffer.from(content, "base64").toString("utf8");
  return { kind: "file", mode, owner, sha256, ...(text === undefined ? {} : { content: text }) };
}

/** Which of `paths` exist, as a set. */
export function existsFact(paths: readonly string[]): Fact<ReadonlySet<string>> {
  return {
    key: `exists ${paths.join(" ")}`,
    script: sh`for p in ${paths}; do if [ -e "$p" ] || [ -L "$p" ]; then printf '%s\\n' "$p"; fi; done`,
    parse: ({ stdout }) => new Set(stdout.split("\n").filter((line) => line !== "")),
  };
}
