import type { Fact } from "../../facts/fact.ts";
import { hostFacts } from "../../facts/hostFacts.ts";
import { sh } from "../../host/sh.ts";
import { type Answer, doubtful, type Finding, no, seen } from "../../kernel/answer.ts";
import { multus } from "../../network/multus.ts";
import { confFileOf, networkParts, ownInterface, partsOf } from "../../network/parts.ts";
import { roadBetween } from "../../network/roads.ts";
import { check } from "../check.ts";
import { nftChainsFact } from "./nftChains.ts";
import { wholeOf } from "./replies.ts";

const cniFolder = "/etc/cni/net.d";

interface Leftovers {
  /** Interfaces whose names say that a cluster's network made them; many of a kind are told as "cali*". */
  readonly interfaces: readonly string[];
  /** Configurations in /etc/cni/net.d that a container runtime would take, in the order in which it looks. */
  readonly cni: readonly string[];
}

/** tunl0 is there wherever the ipip module is, so only a tunl0 that is up counts. */
const leftoversFact: Fact<Leftovers> = {
  key: "leftovers",
  script: sh`awk -F: 'NR > 2 {gsub(/ /, "", $1); print $1}' /proc/net/dev | awk '/^(cali|lxc)[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]/ {sub(/[0-9a-f]+$/, "*")}
/^(cali[*]|lxc[*]|flannel[.]1|flannel-v6[.]1|flannel-wg|cni0|vxlan[.]calico|vxlan-v6[.]calico|wireguard[.]cali|cilium_.*|lxc_health|weave|vxlan-6784|kube-ipvs0|kube-bridge|nodelocaldns|antrea-gw0|ovn-k8s-mp0|tunl0)$/ && !s[$0]++' |
while read -r i; do [ "$i" = tunl0 ] && ! ip link show dev tunl0 up 2>/dev/null | grep -q tunl0 || echo "interface=$i"; done
for f in ${sh.raw(cniFolder)}/*; do case "$f" in *.conf|*.conflist|*.json) [ -f "$f" ] && echo "cni=\${f##*/}";; esac; done
[ -r /proc/net/dev ] && echo end=yes`,
  parse: ({ stdout }) => {
    const values = wholeOf("leftovers", stdout);
    return { interfaces: values("interface"), cni: [...values("cni")].sort() };
  },
};

/** What other networks and clusters left behind. On a node of this cluster what its own network makes is its own. */
export const leftovers = check({
  name: "host/leftovers",
  title: "leftovers",
  facts: () => ({ host: hostFacts, left: leftoversFact, chains: nftChainsFact }),
  judge: ({ facts: { host, left, chains }, cluster }): readonly Finding[] => {
    const parts = partsOf(cluster);
    // A live cluster may be on its way from one network to another, or to none beside it: what the old one has is in use until it is taken away.
    const present = [
      ...parts,
      multus,
      ...networkParts.filter(({ name }) => roadBetween(name.toLowerCase(), cluster.network.cni.name) !== null),
    ];
    const names = parts.map(({ name }) => name).join(" and ");
    const own = confFileOf(cluster);
    const ours = host.claimedBy === cluster.name;
    const findings: Finding[] = [];
    const say = (what: string, answer: Answer): number => findings.push({ what, answer });

    // Who brings the network is not known here, so on a node of the cluster it may be any of these.
    const expected = (name: string): boolean =>
      ours && (parts.length === 0 || ownInterface(present, name) || /^(kube-ipvs0|nodelocaldns)$/.test(name));
    const interfaces = left.interfaces.filter((name) => !expected(name));
    const clashing = interfaces.filter((name) => ownInterface(parts, name));
    const remove = (names: readonly string[]): string =>
      names.some((name) => name.endsWith("*"))
        ? "reset the cluster that left them with its own tool, or restart the machine"
        : names.map((name) => `ip link delete ${name}`).join("; ");
    if (clashing.length > 0)
      say(
        "interfaces",
        no(
          `interfaces of an earlier cluster carry the names ${names} uses, with other addresses`,
          remove(clashing),
          clashing.join(", "),
        ),
      );
    const others = interfaces.filter((name) => !clashing.includes(name));
    if (others.length > 0)
      say("interfaces", doubtful("interfaces of another cluster's network are there", remove(others), others.join(", ")));

    const files =
      own === null ? [] : left.cni.filter((name) => !(ours && present.some(({ owns }) => owns.confFiles.includes(name))));
    const first = files.filter((name) => name < (own ?? ""));
    const after = files.filter((name) => name >= (own ?? ""));
    const path = (names: readonly string[]): string => names.map((name) => `${cniFolder}/${name}`).join(" ");
    if (first.length > 0) {
      const why = `containerd takes the first file in ${cniFolder}, which is not ${names}'s`;
      // A plug-in that calls flannel's in turn goes before it on purpose, and is installed later.
      say("CNI files", ours ? doubtful(why, `rm ${path(first)}`, path(first)) : no(why, `rm ${path(first)}`, path(first)));
    }
    if (after.length > 0)
      say(
        "CNI files",
        doubtful(
          `another network's configuration is there: pods would get it until ${names}'s stands before it`,
          `rm ${path(after)}`,
          path(after),
        ),
      );

    const marks = ours ? [] : chains.marks.filter((mark) => !/ (CNI-|DOCKER)$/.test(mark));
    const tables = ours
      ? []
      : chains.tables.filter((name) => /^(ip6?|inet) (kube-proxy|flannel-ipv[46]|calico|cilium.*|cni_hostport)$/.test(name));
    const rules = [...marks.map((mark) => `${mark}*`), ...tables];
    if (rules.length > 0)
      say(
        "packet filter",
        doubtful(
          "rules of another cluster are in the kernel",
          `remove them: ${tables.length > 0 ? `${tables.map((name) => `nft delete table ${name}`).join("; ")}; ` : ""}or restart the machine`,
          rules.join(", "),
        ),
      );
    return findings.length > 0 ? findings : [{ what: "leftovers", answer: seen("none") }];
  },
});
