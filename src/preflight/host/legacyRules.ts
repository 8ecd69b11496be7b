import type { Fact } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { wholeOf } from "./replies.ts";

export interface LegacyTable {
  /** "ip filter", "ip6 nat". */
  readonly table: string;
  /** Rules in it; null: there is no iptables-legacy-save to count them. */
  readonly rules: number | null;
  /** Of those, how many speak of Kubernetes, CNI plug-ins or flannel. */
  readonly ofCluster: number;
  /** Built-in chains that drop what no rule accepts: "INPUT", "FORWARD". */
  readonly dropping: readonly string[];
}

/** Tables of the old iptables that are in use in the kernel. Only those the kernel has already are asked for, so nothing is loaded. */
export const legacyRulesFact: Fact<readonly LegacyTable[]> = {
  key: "legacy iptables",
  script: sh`for v in ip ip6; do [ -r "/proc/net/\${v}_tables_names" ] && for t in $(cat "/proc/net/\${v}_tables_names"); do
  if ! command -v "\${v}tables-legacy-save" >/dev/null; then echo "legacy=$v $t ? 0"; continue; fi
  "\${v}tables-legacy-save" -t "$t" | awk -v t="$v $t" '/^-A/ {n++; if (/KUBE-|CNI-|FLANNEL|flannel/) k++} /^:(INPUT|FORWARD) DROP/ {d = d " " substr($1, 2)} END {print "legacy=" t " " n + 0 " " k + 0 d}'
done; done; echo end=yes`,
  parse: ({ stdout }) =>
    wholeOf(
      "legacy iptables",
      stdout,
    )("legacy").map((line) => {
      const [family = "", table = "", rules = "?", ofCluster = "0", ...dropping] = line.split(" ");
      return {
        table: `${family} ${table}`,
        rules: rules === "?" ? null : Number(rules),
        ofCluster: Number(ofCluster),
        dropping,
      };
    }),
};
