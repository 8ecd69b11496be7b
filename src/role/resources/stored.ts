import type { FileArtifact } from "../../artifacts/catalog.ts";
import { storePath } from "../../artifacts/storePath.ts";
import { fileFact } from "../../facts/files.ts";
import { storeFact } from "../../facts/runtime.ts";
import { sh } from "../../host/sh.ts";
import { type Resource, resource } from "../resource.ts";

/** An artifact, verified and unpacked in the node's store. Costs nothing to have beside others: what runs is decided by links. */
export function stored(artifact: FileArtifact): Resource {
  const folder = storePath(artifact);
  return resource(
    { store: storeFact },
    {
      differs: ({ store }) =>
        store.has(folder)
          ? []
          : [{ what: "binary", action: "create", target: folder, detail: `${artifact.name} ${artifact.version}` }],
      make: () => [{ kind: "store", artifact, folder }],
      unmake: [{ kind: "delete", path: folder }],
    },
  );
}

/** A program on the PATH: a link into the store, swapped in one step. */
export function link(path: string, target: string): Resource {
  return resource(
    { state: fileFact(path, false) },
    {
      differs: ({ state }) => {
        if (state.kind === "link" && state.target === target) return [];
        if (state.kind === "absent") return [{ what: "binary", action: "create", target: path, detail: `-> ${target}` }];
        const before =
          state.kind === "link"
            ? state.target
            : `a ${state.kind === "file" ? "file" : state.what} that provision did not put there`;
        return [{ what: "binary", action: "update", target: path, detail: `${before} -> ${target}` }];
      },
      make: () => [{ kind: "link", path, target }],
      unmake: [{ kind: "delete", path }],
    },
  );
}

/** All files of a store folder as real files in `into`, for containers that mount `into` alone. Compared by size and time. */
export function copies(artifact: FileArtifact, into: string): Resource {
  const folder = storePath(artifact);
  const differing = sh`cd ${folder} && for f in *; do [ "$(stat -c '%s %Y' "$f")" = "$(stat -c '%s %Y' ${into}/"$f")" ] || printf '%s\\n' "$f"; done`;
  return resource(
    {
      stale: {
        key: `copies ${folder} ${into}`,
        script: differing,
        parse: ({ code, stdout }) => (code === 0 ? stdout.split("\n").filter((name) => name !== "") : null),
      },
    },
    {
      differs: ({ stale }) =>
        stale?.length === 0
          ? []
          : [
              {
                what: "binary",
                action: "update",
                target: into,
                detail: stale === null ? `all of ${artifact.name} ${artifact.version}` : stale.join(", "),
              },
            ],
      make: () => [
        {
          kind: "job", // a slow disk takes minutes for it
          name: `copy-${artifact.name}`,
          deadlineSeconds: 900,
          summary: `copy ${artifact.name} ${artifact.version} to ${into}`,
          // A running program cannot be overwritten, but it can be replaced by a rename.
          script: sh`into=${into}; mkdir -p "$into" && cd ${folder} && for f in *; do cp -p "$f" "$into"/."$f".new && mv -f "$into"/."$f".new "$into"/"$f" || exit 1; done`,
        },
      ],
      unmake: [
        {
          kind: "run",
          summary: `remove ${artifact.name} from ${into}`,
          script: sh`cd ${folder} 2>/dev/null && for f in *; do rm -f ${into}/"$f"; done; true`,
        },
      ],
    },
  );
}
