import { keptName } from "../../facts/keptObjects.ts";
import { type Script, sh } from "../../host/sh.ts";
import type { Action, Condition } from "../action.ts";
import { dict, type KubeObject } from "./kubeObject.ts";
import { type Overlaid, partLabel } from "./overlay.ts";

const isFirst = ({ kind }: KubeObject): boolean => kind === "CustomResourceDefinition" || kind === "Namespace";
const asList = (items: readonly KubeObject[]): string => JSON.stringify({ apiVersion: "v1", kind: "List", items });

/** What may be taken away when a newer release no longer has it. CustomResourceDefinitions are not: their objects would go with them. */
const pruned =
  "daemonsets,deployments,services,configmaps,serviceaccounts,poddisruptionbudgets,roles,rolebindings,clusterroles,clusterrolebindings";

/**
 * Namespaces and CustomResourceDefinitions first; then the rest, tried on the API server as a whole before any of it is written: an
 * unknown field stops it there. What was applied before is kept for the way back; what no longer belongs to the part goes.
 */
export function applyObjects(part: string, { objects, digest }: Overlaid): readonly Action[] {
  const [first, rest] = [objects.filter(isFirst), objects.filter((object) => !isFirst(object))];
  const crds = first.filter(({ kind }) => kind === "CustomResourceDefinition").map(({ metadata }) => String(dict(metadata).name));
  const run = (summary: string, script: ReturnType<typeof sh>, stdin: string): Action => ({
    kind: "run",
    where: "control-plane",
    summary,
    script,
    stdin,
  });
  const apply = sh`k apply --server-side --force-conflicts --field-manager provision --validate=strict`;
  return [
    ...chunks(first).map((some) => run(`apply ${part}'s definitions`, sh`${apply} -f - >/dev/null`, asList(some))),
    ...(crds.length === 0 ? [] : [{ kind: "wait", condition: established(part, crds) } as const]),
    run(`try ${part}'s objects on the API server`, sh`${apply} --dry-run=server -f - >/dev/null`, asList(rest)),
    run(
      `apply ${part}'s objects`,
      sh`f=$(mktemp) || exit 1; trap 'rm -f "$f"' EXIT; gzip -9n >"$f" || exit 1
old=$(k -n kube-system get configmap ${keptName(part)} --ignore-not-found -o 'jsonpath={.binaryData.current}') || exit 1
new=$(base64 -w0 <"$f")
if [ "$old" != "$new" ]; then
  { printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s","namespace":"kube-system","annotations":{"provision/previous":"%s"}},"binaryData":{"current":"%s"' ${keptName(part)} "\${old:+yes}" "$new"
    [ -z "$old" ] || printf ',"previous":"%s"' "$old"; printf '}}'; } | ${apply} -f - >/dev/null || exit 1
fi
zcat "$f" | ${apply} -f - >/dev/null || exit 1
k delete ${pruned} -A -l ${`${partLabel}=${part},provision/made!=${digest.slice(0, 16)}`} --wait=false >/dev/null`,
      asList(rest),
    ),
  ];
}

/** Definitions are large, and a busy API server takes a second for each: no more in one command than it has time for. */
const atOnce = 6;
const chunks = (objects: readonly KubeObject[]): readonly (readonly KubeObject[])[] =>
  objects.flatMap((_, index) => (index % atOnce === 0 ? [objects.slice(index, index + atOnce)] : []));

const established = (part: string, names: readonly string[]): Condition => ({
  summary: `the API server knows ${part}'s kinds`,
  where: "control-plane",
  script: sh`k get crd ${names} --no-headers -o custom-columns='n:.metadata.name,e:.status.conditions[?(@.type=="Established")].status'`,
  unmet: ({ code, stdout }) => {
    if (code !== 0) return "the API does not answer";
    const known = new Set(stdout.split("\n").flatMap((line) => (/ True *$/.test(line) ? [line.replace(/ .*/, "")] : [])));
    const missing = names.filter((name) => !known.has(name));
    return missing.length === 0 ? null : `${missing.slice(0, 3).join(", ")} not yet`;
  },
  intervalMs: 500,
  deadlineMs: 60_000,
});

/** Takes everything away that a part has in the cluster, its namespaces too; not its definitions, whose objects would go with them. */
export const deleteObjects = (part: string): Script =>
  sh`k delete ${pruned},namespaces -A -l ${`${partLabel}=${part}`} --wait=false >/dev/null`;

/** The objects of before take the place of those applied last, and the other way round: what was tried stays to be looked at. */
export const applyPrevious = (part: string): Action => ({
  kind: "run",
  where: "control-plane",
  summary: `apply ${part}'s objects of before`,
  script: sh`get() { k -n kube-system get configmap ${keptName(part)} -o "jsonpath={.binaryData.$1}"; }
now=$(get current) && before=$(get previous) || exit 1
[ -n "$before" ] || { echo "nothing was kept" >&2; exit 1; }
printf '%s' "$before" | base64 -d | gunzip | k apply --server-side --force-conflicts --field-manager provision -f - >/dev/null || exit 1
printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s","namespace":"kube-system","annotations":{"provision/previous":"yes"}},"binaryData":{"current":"%s","previous":"%s"}}' ${keptName(part)} "$before" "$now" |
  k apply --server-side --force-conflicts --field-manager provision -f - >/dev/null`,
});
