import { sh } from "../host/sh.ts";
import { isVersion } from "../model/versions.ts";
import { type Fact, FactError } from "./fact.ts";

/** What was kept before a machine was changed: a folder each, "node-<version>" or "pods-<version>" after the version it was led to. */
export const keptFolder = "/var/lib/provision/before";
/** Versions of API servers that an upgrade which failed has seen run on this machine, one a line. */
export const seenPath = `${keptFolder}/seen`;

export interface Kept {
  /** "node": programs, units and configuration of the node. "pods": the static pods of a control plane. */
  readonly kind: "node" | "pods";
  /** Version of Kubernetes that ran when it was kept. */
  readonly before: string;
  /** Version the change led to. */
  readonly until: string;
  /** Seconds since 1970. */
  readonly at: number;
  /** The change ended well. */
  readonly done: boolean;
  /** Programs it needs that are not on the machine any more. */
  readonly missing: readonly string[];
  /** Tag of etcd's image, as kept; "" where none was. */
  readonly etcd: string;
}

const key = "kept before a change";

/** All that is kept on the machine. */
export const keptFact: Fact<readonly Kept[]> = {
  key,
  script: sh`cd ${keptFolder} 2>/dev/null || exit 0
for d in node-* pods-*; do [ -e "$d/files.tar" ] || continue
  m=$([ ! -e "$d/programs" ] || while read -r p; do [ -e "$p" ] || printf '%s ' "$p"; done <"$d/programs")
  printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$d" "$(cat "$d/from")" "$(stat -c %Y "$d/files.tar")" "$([ ! -e "$d/done" ] || echo done)" "$(cat "$d/etcd" 2>/dev/null)" "$m"; done; true`,
  parse: ({ stdout }) =>
    stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [name = "", before = "", at = "", done = "", etcd = "", missing = ""] = line.split("\t");
        const [, kind, until = ""] = /^(node|pods)-(.+)$/.exec(name) ?? [];
        if ((kind !== "node" && kind !== "pods") || !isVersion(before) || !isVersion(until) || !/^\d+$/.test(at))
          throw new FactError(key, `what is kept in ${keptFolder} is not understood`, line.slice(0, 200));
        const away = missing.split(" ").filter((one) => one !== "");
        return { kind, before, until, at: Number(at), done: done !== "", missing: away, etcd };
      }),
};

export interface ServersSeen {
  /** Versions of API servers that run or ran here. */
  readonly versions: readonly string[];
  /** Tag of etcd's image in its manifest now; "" without one. */
  readonly etcd: string;
}

/** Which API servers this control plane runs or has run, as far as the machine still knows. */
export const serversSeenFact: Fact<ServersSeen> = {
  key: "API servers seen",
  script: sh`sed -n 's/^ *image: .*:\\([^:@]*\\)$/etcd \\1/p' /etc/kubernetes/manifests/etcd.yaml
sed -n 's/^ *image: .*kube-apiserver:v\\([0-9.]*\\).*/\\1/p' /etc/kubernetes/manifests/kube-apiserver.yaml
crictl ps -a --name '^kube-apiserver$' -o json | sed -n 's/.*kube-apiserver:v\\([0-9.]*\\)".*/\\1/p'
cat ${seenPath}; true`,
  parse: ({ stdout }) => {
    const lines = stdout.split("\n").map((line) => line.trim());
    return {
      versions: [...new Set(lines.filter(isVersion))],
      etcd: lines.flatMap((line) => /^etcd ([\w.-]+)$/.exec(line)?.[1] ?? [])[0] ?? "",
    };
  },
};
