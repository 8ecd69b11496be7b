import type { Fact } from "../../src/facts/fact.ts";
import { keptName } from "../../src/facts/keptObjects.ts";
import { sh } from "../../src/host/sh.ts";
import { jsonOrNull } from "../../src/model/jsonOrNull.ts";
import { partLabel } from "../../src/role/objects/overlay.ts";

export const definitions = "network-attachment-definitions.k8s.cni.cncf.io";

/** What a cluster has of this tool's Multus. */
interface MultusLeft {
  readonly there: boolean;
  /** Pods that ask for more interfaces: "namespace/name". */
  readonly users: readonly string[];
  /** Names of this tool's attachments' networks, as plug-ins know them. */
  readonly networks: readonly string[];
}

/** One look at a ConfigMap where it is not there. */
export const leftFact: Fact<MultusLeft> = {
  key: "kube multus left",
  script: sh`[ -n "$(k -n kube-system get configmap ${keptName("multus")} --ignore-not-found -o name)" ] || exit 0
echo there
k get pods -A -o jsonpath='{range .items[?(@.metadata.annotations.k8s\\.v1\\.cni\\.cncf\\.io/networks)]}user {.metadata.namespace}/{.metadata.name}{"\\n"}{end}'
[ -z "$(k get crd ${definitions} --ignore-not-found -o name)" ] || k get ${definitions} -A -l ${`${partLabel}=multus`} -o jsonpath='{range .items[*]}network {.spec.config}{"\\n"}{end}'`,
  parse: ({ stdout }) => {
    const rows = stdout.split("\n");
    const of = (word: string) => rows.flatMap((row) => (row.startsWith(`${word} `) ? [row.slice(word.length + 1)] : []));
    const nameIn = (config: string): unknown => (jsonOrNull(config) as { name?: unknown } | null)?.name;
    return {
      there: rows.includes("there"),
      users: of("user"),
      networks: of("network").flatMap((config) => {
        const name = nameIn(config);
        return typeof name === "string" && /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name) ? [name] : [];
      }),
    };
  },
};
