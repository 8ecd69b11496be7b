import type { Fact } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { wholeOf } from "./replies.ts";

export interface NftChains {
  /** Why nothing could be read, and the lists are empty; null: it was. */
  readonly unread: "absent" | "silent" | null;
  /** "input" or "forward" chains that drop what no rule accepts, as "ip filter INPUT". */
  readonly dropping: readonly { readonly hook: "input" | "forward"; readonly chain: string }[];
  /** "ip kube-proxy", … */
  readonly tables: readonly string[];
  /** Kinds of chains known from networks of clusters, as "ip filter KUBE-": one each. */
  readonly marks: readonly string[];
}

/** Where nf_tables is not loaded, nft is not asked, as that would load it; there are no rules either: empty. */
export const nftChainsFact: Fact<NftChains> = {
  key: "nft chains",
  script: sh`if [ -d /sys/module/nf_tables ] || [ ! -e /proc/modules ] || grep -qs '/nf_tables\\.ko' "/lib/modules/$(uname -r)/modules.builtin"; then
  command -v nft >/dev/null || { echo unread=absent; echo end=yes; exit; }
  chains=$(timeout 5 nft list chains) || { echo unread=silent; echo end=yes; exit; }
  printf '%s\\n' "$chains" | awk '$1 == "table" {t = $2 " " $3; print "table=" t}
$1 == "chain" {c = $2; if (match(c, /^(KUBE-|cali-|CILIUM_|FLANNEL-|WEAVE-|CNI-|DOCKER)/)) {m = t " " substr(c, 1, RLENGTH); if (!s[m]++) print "mark=" m}}
/hook (input|forward)/ && /policy drop/ {for (i = 1; i < NF; i++) if ($i == "hook") print "drop=" $(i + 1) " " t " " c}'
fi; echo end=yes`,
  parse: ({ stdout }) => {
    const values = wholeOf("nft chains", stdout);
    const [unread] = values("unread");
    return {
      unread: unread === undefined ? null : unread === "absent" ? "absent" : "silent",
      dropping: values("drop").flatMap((line) => {
        const [hook, ...chain] = line.split(" ");
        return hook === "input" || hook === "forward" ? [{ hook, chain: chain.join(" ") }] : [];
      }),
      tables: values("table"),
      marks: values("mark"),
    };
  },
};
