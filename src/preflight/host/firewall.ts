import { hostFacts } from "../../facts/hostFacts.ts";
import { type Answer, doubtful, type Finding, seen, unknown } from "../../kernel/answer.ts";
import { check } from "../check.ts";
import { legacyRulesFact } from "./legacyRules.ts";
import { type NftChains, nftChainsFact } from "./nftChains.ts";
import { openingsOf } from "./nodePorts.ts";
import { activeUnits } from "./units.ts";

/** Firewalls that would keep nodes and pods from each other. Whether packets really pass is for the checks between nodes. */
export const firewall = check({
  name: "host/firewall",
  title: "firewall",
  facts: () => ({ units: activeUnits, chains: nftChainsFact, legacy: legacyRulesFact }),
  judge: ({ facts: { units, chains, legacy }, cluster, node }): readonly Finding[] => {
    const findings: Finding[] = [];
    const say = (what: string, answer: Answer): number => findings.push({ what, answer });
    const open = openingsOf(cluster, node);
    if (units.has("firewalld.service"))
      say(
        "firewalld",
        doubtful(
          "firewalld is active: it lets nothing pass that it was not told of, and rewrites rules when it reloads",
          `systemctl disable --now firewalld, or open ${open}`,
        ),
      );
    if (units.has("ufw.service") && dropping(chains, legacy, "input").length > 0)
      say("ufw", doubtful("ufw is active: it lets nothing in that it was not told of", `ufw disable, or open ${open}`));
    if (findings.length === 0)
      for (const hook of ["input", "forward"] as const) {
        const chain = dropping(chains, legacy, hook);
        if (chain.length === 0) continue;
        const what = hook === "input" ? "comes in" : "is passed on to or from pods";
        const hint = hook === "input" ? `open ${open}` : `accept what goes from and to ${cluster.network.pods}`;
        say(
          hook,
          doubtful(`a firewall drops what ${what}, unless a rule accepts it`, `in that chain: ${hint}`, chain.join(", ")),
        );
      }
    if (findings.length > 0) return findings;
    if (chains.unread !== null) {
      const [why, hint] =
        chains.unread === "absent"
          ? ["there is no nft on the machine", "install nftables, whose nft shows them"]
          : ["nft did not answer", "see what `nft list chains` says on the machine"];
      const answer = unknown(
        `no firewall service is active; whether other rules drop packets could not be read, as ${why}`,
        hint,
      );
      return [{ what: "firewall", answer }];
    }
    return [{ what: "firewall", answer: seen("none active, no chain drops by default") }];
  },
});

function dropping(
  chains: NftChains,
  legacy: readonly { readonly table: string; readonly dropping: readonly string[] }[],
  hook: "input" | "forward",
): readonly string[] {
  return [
    ...chains.dropping.filter((one) => one.hook === hook).map(({ chain }) => chain),
    ...legacy.flatMap(({ table, dropping }) =>
      dropping.filter((name) => name.toLowerCase() === hook).map((name) => `${table} ${name} (iptables-legacy)`),
    ),
  ];
}

/** Two sets of rules, of the old iptables and of nftables, each of which decides: what one accepts the other may drop. */
export const legacyIptables = check({
  name: "host/iptables-legacy",
  title: "legacy iptables",
  facts: () => ({ host: hostFacts, legacy: legacyRulesFact }),
  judge: ({ facts: { host, legacy }, cluster }): readonly Finding[] => {
    const what = "legacy iptables";
    const own = host.claimedBy === cluster.name;
    const standing = legacy.filter(({ rules, ofCluster }) => rules !== null && rules - (own ? ofCluster : 0) > 0);
    if (standing.length > 0) {
      const list = standing.map(({ table, rules }) => `${table}: ${rules} rules`).join(", ");
      return [
        {
          what,
          answer: doubtful(
            "rules of iptables-legacy stand beside those of nftables; both decide about every packet",
            "move them: iptables-legacy-save | iptables-restore, then iptables-legacy -F and -X in each table",
            list,
          ),
        },
      ];
    }
    const uncounted = legacy.filter(({ rules }) => rules === null);
    if (uncounted.length > 0)
      return [
        {
          what,
          answer: unknown(
            `the kernel holds tables of iptables-legacy (${uncounted.map(({ table }) => table).join(", ")}); whether there are rules in them could not be read`,
            "install iptables, whose iptables-legacy-save shows them",
          ),
        },
      ];
    return [{ what, answer: seen(legacy.length === 0 ? "no tables" : "no rules of others") }];
  },
});
