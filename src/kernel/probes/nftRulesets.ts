import type { NftPart } from "../evidence.ts";

export type NftFamily = "ip" | "ip6" | "inet";

/** One part in one family, as a table of its own. */
export interface NftTrial {
  readonly ruleset: string;
  /** What `nft list` must show of it. Loose: releases of nft print numbers and units differently, and without /etc/protocols tcp is 6. */
  readonly shows: readonly RegExp[];
  /** Modules that the kernel may ask for, under their names in old and new kernels; names that a kernel does not have cost nothing. */
  readonly modules: readonly string[];
}

interface Words {
  readonly family: NftFamily;
  /** How packets of the family are matched. */
  readonly l3: "ip" | "ip6";
  readonly type: "ipv4_addr" | "ipv6_addr";
  readonly address: string;
  readonly net: string;
  readonly otherNet: string;
  readonly withPort: string;
}

/** Addresses for documentation: RFC 5737 and RFC 3849. */
const ipv4 = {
  l3: "ip",
  type: "ipv4_addr",
  address: "192.0.2.1",
  net: "192.0.2.0/24",
  otherNet: "198.51.100.0/24",
  withPort: "192.0.2.1:80",
} as const;
const ipv6 = {
  l3: "ip6",
  type: "ipv6_addr",
  address: "2001:db8::1",
  net: "2001:db8::/64",
  otherNet: "2001:db8:1::/64",
  withPort: "[2001:db8::1]:80",
} as const;

/** "provision_timeout-set" */
export const probeTable = (part: NftPart): string => `provision_${part}`;

const base = (type: string, hook: string, priority: number, rules: readonly string[]): string =>
  `chain base { type ${type} hook ${hook} priority ${priority}; policy accept; ${rules.join("; ")}; }`;
const ends = "chain one { return; }\nchain two { return; }\n";

/** A nat statement needs its address family spelled out where the table has both. */
const natTo = ({ family, l3 }: Words): string => (family === "inet" ? `${l3} to` : "to");

type Part = readonly [
  body: (words: Words) => string,
  shows: readonly RegExp[],
  modules: (family: NftFamily) => readonly string[],
];

const conntrack = ["nf_conntrack", "nf_conntrack_ipv4", "nf_conntrack_ipv6"];
const sets = ["nf_tables_set", "nft_set_hash", "nft_set_rbtree", "nft_set_bitmap"];
const nat = ["nft_chain_nat", "nft_chain_nat_ipv4", "nft_chain_nat_ipv6", "nf_nat", "nft_nat", ...conntrack];
const byFamily =
  (name: string) =>
  (family: NftFamily): readonly string[] =>
    family === "inet"
      ? [name, `${name}_ipv4`, `${name}_ipv6`, `${name}_inet`]
      : [name, family === "ip" ? `${name}_ipv4` : `${name}_ipv6`];

/**
 * Which program writes what: the nftables proxier of kube-proxy (kubernetes pkg/proxy/nftables/proxier.go) table, nat, verdict-map,
 * concatenated-map, numgen, ct, fib, masquerade, reject, interval-set and timeout-set; flannel (pkg/trafficmngr/nftables) table and
 * masquerade; Calico (felix/nftables) those, and log, notrack and the reverse path look-up of fib. Modules: net/netfilter/Makefile
 * and the aliases nft-chain-*, nft-expr-*, nf-flowtable-* and nf-logger-* of Linux 5.4 to 6.18.
 */
const parts: Readonly<Record<NftPart, Part>> = {
  table: [
    ({ l3, net }) => base("filter", "forward", 0, [`${l3} saddr ${net} accept comment "probe"`]),
    [/type filter hook forward/, /saddr \S+ accept comment "probe"/],
    () => [],
  ],
  nat: [
    (words) =>
      `${base("nat", "prerouting", -100, [`meta l4proto tcp dnat ${natTo(words)} ${words.withPort}`])}
chain out { type nat hook output priority -100; policy accept; }
chain post { type nat hook postrouting priority 100; policy accept; ${words.l3} saddr ${words.net} snat ${natTo(words)} ${words.address}; }`,
    [/type nat hook prerouting/, /type nat hook output/, /type nat hook postrouting/, /\bdnat\b.*:80\b/, /\bsnat\b.* to /],
    () => nat,
  ],
  "verdict-map": [
    ({ l3, type, address }) =>
      `${ends}map verdicts { type ${type} : verdict; elements = { ${address} : goto one }; }
${base("filter", "forward", 0, [`${l3} daddr vmap @verdicts`])}`,
    [/daddr vmap @verdicts/, /: goto one/],
    () => sets,
  ],
  "concatenated-map": [
    ({ l3, type, address }) =>
      `${ends}map verdicts { type ${type} . inet_proto . inet_service : verdict; elements = { ${address} . tcp . 80 : goto one }; }
${base("filter", "forward", 0, [`${l3} daddr . meta l4proto . th dport vmap @verdicts`])}`,
    [/daddr \. meta l4proto \. th dport vmap @verdicts/, /\. (tcp|6) \. \S+ : goto one/],
    () => sets,
  ],
  numgen: [
    () => `${ends}chain pick { numgen random mod 2 vmap { 0 : goto one, 1 : goto two }; }`,
    [/numgen random mod 2 vmap/],
    () => ["nft_numgen", ...sets],
  ],
  ct: [
    () =>
      `${ends}${base("filter", "forward", 0, ["ct state established,related accept", "ct state new jump one", "ct status dnat accept"])}`,
    [/ct state .*established/, /ct state new jump one/, /ct status dnat/],
    () => ["nft_ct", ...conntrack],
  ],
  fib: [
    () => base("filter", "prerouting", -300, ["fib daddr type local accept", "fib saddr . mark . iif oif 0 drop"]),
    [/fib daddr type local/, /fib saddr \. mark \. iif oif/],
    byFamily("nft_fib"),
  ],
  masquerade: [
    () =>
      base("nat", "postrouting", 100, [
        "meta mark & 0x4000 == 0 return",
        "meta mark set meta mark ^ 0x4000",
        "masquerade fully-random",
      ]),
    [/meta mark set .*\^/, /masquerade fully-random/],
    (family) => ["nft_masq", ...byFamily("nft_masq")(family), ...nat],
  ],
  reject: [
    () => base("filter", "input", 0, ["meta l4proto tcp reject with tcp reset", "reject"]),
    [/reject with tcp reset/, /^\s*reject(?! with tcp)/m],
    byFamily("nft_reject"),
  ],
  "interval-set": [
    ({ l3, type, net, otherNet }) =>
      `set nets { type ${type}; flags interval; elements = { ${net} }; }
${base("filter", "forward", 0, [`${l3} saddr @nets accept`, `${l3} saddr != { ${net}, ${otherNet} } drop`])}`,
    [/flags interval/, /saddr @nets accept/, /saddr != \{/],
    () => sets,
  ],
  "timeout-set": [
    ({ l3, type }) =>
      `set clients { type ${type}; flags dynamic,timeout; timeout 3h; }
chain one { update @clients { ${l3} saddr }; }
${base("filter", "forward", 0, [`${l3} saddr @clients goto one`])}`,
    [/timeout 3h/, /update @clients \{/, /saddr @clients goto one/],
    () => ["nft_dynset", ...sets],
  ],
  log: [
    () => base("filter", "forward", 0, ['counter log prefix "probe" level info']),
    [/counter .*log prefix "probe"/],
    () => ["nft_log", "nft_counter", "nf_log_syslog", "nf_log_common", "nf_log_ipv4", "nf_log_ipv6"],
  ],
  notrack: [() => base("filter", "prerouting", -300, ["notrack"]), [/^\s*notrack/m], () => ["nft_ct", ...conntrack]],
  "socket-mark": [
    () => base("filter", "prerouting", -150, ["socket transparent 1 meta mark set meta mark | 0x10", "socket mark 0x10 accept"]),
    [/socket transparent 1/, /meta mark set .*\|/, /socket mark/],
    () => ["nft_socket", "nf_socket_ipv4", "nf_socket_ipv6"],
  ],
  flowtable: [
    () =>
      `flowtable fast { hook ingress priority 0; devices = { lo }; }\n${base("filter", "forward", 0, ["meta l4proto tcp flow add @fast"])}`,
    [/flowtable fast \{/, /flow add @fast/],
    () => ["nft_flow_offload", "nf_flow_table", "nf_flow_table_inet", "nf_flow_table_ipv4", "nf_flow_table_ipv6", ...conntrack],
  ],
};

export function nftTrial(part: NftPart, family: NftFamily): NftTrial {
  const [body, shows, modules] = parts[part];
  const words: Words = { family, ...(family === "ip6" ? ipv6 : ipv4) };
  return { ruleset: `table ${family} ${probeTable(part)} {\n${body(words)}\n}`, shows, modules: modules(family) };
}
