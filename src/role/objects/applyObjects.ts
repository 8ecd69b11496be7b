import { keptName } from "../../facts/keptObjects.ts";
import { type Script, sh } from "../../host/sh.ts";
import type { Action } from "../action.ts";
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
  const crds = first
    .filter(({ kind }) => kind === "CustomResourceDefinition")
    .map(({ metadata }) => `crd/${String(dict(metadata).name)}`);
  const run = (summary: string, script: ReturnType<typeof sh>, stdin: string): Action => ({
    kind: "run",
    where: "control-plane",
    summary,
    script,
    stdin,
  });
  const apply = sh`k apply --server-side --force-conflicts --field-manager provision --validate=strict`;
  return [
    ...(first.length === 0
      ? []
      : [
          run(
            `apply ${part}'s definitions`,
            sh`${apply} -f - >/dev/null${sh.raw(crds.length === 0 ? "" : " && ")}${crds.length === 0 ? sh`` : sh`k wait --for=condition=Established --timeout=25s ${crds} >/dev/null`}`,
            asList(first),
          ),
        ]),
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
