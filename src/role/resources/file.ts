import { createHash } from "node:crypto";
import { fileFact } from "../../facts/files.ts";
import { reveal, type Secret } from "../../model/secret.ts";
import { type Resource, resource } from "../resource.ts";

interface FileOptions {
  readonly path: string;
  /** A Secret is compared by digest and never shown. */
  readonly content: string | Secret;
  /** "644" unless said. */
  readonly mode?: string;
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A file owned by root with exactly this content and mode. */
export function file({ path, content, mode = "644" }: FileOptions): Resource {
  const open = typeof content === "string";
  const digest = sha256(reveal(content));
  return resource(
    { state: fileFact(path, open) },
    {
      differs: ({ state }) => {
        if (state.kind === "absent")
          return [{ what: "file", action: "create", target: path, ...(open ? { before: "", after: content } : {}) }];
        if (state.kind !== "file")
          return [
            {
              what: "file",
              action: "update",
              target: path,
              detail: `a ${state.kind === "link" ? "link" : state.what} stands there`,
            },
          ];
        const changed = state.sha256 !== digest;
        const rights = state.mode !== mode || state.owner !== "root:root";
        if (!changed && !rights) return [];
        const texts = open && changed ? { before: state.content ?? "", after: content } : {};
        return [
          {
            what: "file",
            action: "update",
            target: path,
            ...(rights ? { detail: `${state.mode} ${state.owner} -> ${mode} root:root` } : {}),
            ...texts,
          },
        ];
      },
      make: () => [{ kind: "write", path, content, mode }],
      unmake: [{ kind: "delete", path }],
    },
  );
}
