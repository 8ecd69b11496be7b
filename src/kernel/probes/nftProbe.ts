import { type Fact, FactError, type FactReply } from "../../facts/fact.ts";
import { type Script, sh } from "../../host/sh.ts";
import { type NftPart, type NftProbe, nftParts, type Tried } from "../evidence.ts";
import { type NftFamily, nftTrial, probeTable } from "./nftRulesets.ts";
import { readTrial, tried } from "./readTrial.ts";
import { trial } from "./trial.ts";

export type { NftFamily };

/**
 * Loads each group of expressions, in all of `families` at once, in a network namespace of its own, and reads it back.
 * Without `mayLoad` what would load a module is not tried. `json` is true only when it was seen; `version` is "unknown" where
 * asking nft would load a module and no package manager knows.
 */
export function nftProbe(families: readonly NftFamily[], mayLoad: boolean): Fact<NftProbe> {
  const key = `kernel/nft ${families.join(",")}${mayLoad ? " may load" : ""}`;
  return {
    key,
    script: trial(
      sh`${opening}\n${sh.lines(nftParts.map((part) => step(part, families)))}\n${closing}`,
      "nfnetlink|nf_*|nft_*",
      mayLoad,
    ),
    parse: (reply) => parse(key, families, reply),
  };
}

/** Even `nft --version` opens a netlink socket, which loads nfnetlink; the package's own version then has to do. */
const opening = sh`command -v nft >/dev/null || { tell nft none; exit 0; }
if may nfnetlink; then
  tell nft "$(nft --version)"
  if may nf_tables; then tell json "$(nft -j list ruleset)"; elif nft -j describe ip saddr >/dev/null; then tell json '{"nftables": []}'; else tell json; fi
else
  tell nft "package $(dpkg-query -W -f '\${Version}' nftables || rpm -q --qf '%{VERSION}' nftables || pacman -Q nftables || apk list -I nftables)"
  tell json
fi
made=
try() {
  if ! may nfnetlink nf_tables $2; then
    if [ -n "$why" ]; then told part $1 not-possible "$why"; else told part $1 would-load "$needs"; fi
  elif said=$(printf '%s\\n' "$3" | nft -f - 2>&1); then
    told part $1 accepted
    for family in $4; do
      made="\${made}delete table $family $5
"
    done
  else told part $1 refused "$said"
  fi
}`;

/** Modules can be unloaded once nothing uses them; where there are none, the tables go with the namespace, which is faster. */
const closing = sh`[ -z "$made" ] || nft list ruleset | awk '{ print "=\\t" $0 }'
[ -n "$fixed" ] || [ -z "$made" ] || printf '%s' "$made" | nft -f -`;

function step(part: NftPart, families: readonly NftFamily[]): Script {
  const trials = families.map((family) => nftTrial(part, family));
  const modules = [...new Set(trials.flatMap((one) => one.modules))];
  return sh`try ${part} ${modules.join(" ")} ${trials.map((one) => one.ruleset).join("\n")} ${families.join(" ")} ${probeTable(part)}`;
}

function parse(key: string, families: readonly NftFamily[], reply: FactReply): NftProbe {
  const { lines, impossible } = readTrial(key, reply);
  const parts = new Map<NftPart, Tried>();
  if (impossible !== null) {
    for (const part of nftParts) parts.set(part, { outcome: "not-possible", why: impossible });
    return { version: null, json: false, parts };
  }
  const listing: string[] = [];
  let version: string | null | undefined;
  let json = false;
  for (const [what, ...rest] of lines) {
    if (what === "nft") version = versionIn(key, rest[0] ?? "");
    else if (what === "json") json = isRuleset(rest[0] ?? "");
    else if (what === "=") listing.push(rest.join("\t"));
    else if (what === "part") {
      const part = nftParts.find((one) => one === rest[0]);
      if (part === undefined || parts.has(part))
        throw new FactError(key, "a part that was not asked for", rest.join(" ").slice(0, 200));
      parts.set(part, tried(key, rest[1], withoutPlace(rest[2] ?? "")));
    } else throw new FactError(key, "not a line of this probe", [what, ...rest].join(" ").slice(0, 200));
  }
  if (version === undefined) throw new FactError(key, "no word about nft", reply.stdout.slice(0, 200));
  if (version === null) return { version, json: false, parts: new Map() };
  for (const part of nftParts) {
    const outcome = parts.get(part)?.outcome;
    if (outcome === undefined) throw new FactError(key, `no word about ${part}`, reply.stdout.slice(-200));
    const lost = outcome === "accepted" ? families.filter((family) => !showsAll(part, family, listing)) : [];
    if (lost.length > 0)
      parts.set(part, { outcome: "refused", said: `it was accepted, but is not there when read back (${lost.join(", ")})` });
  }
  return { version, json, parts };
}

/** The number in `nft --version`, or in a package's version. "none" is no nft. */
function versionIn(key: string, text: string): string | null {
  if (text === "none") return null;
  const number = /^(?:nftables v|package (?:nftables[- ])?(?:\d+:)?)(\d{1,4}(?:\.\d{1,4}){1,3})(?![\d.])/.exec(text)?.[1];
  if (number === undefined && !text.startsWith("package ")) throw new FactError(key, "not a version of nft", text.slice(0, 200));
  return number ?? "unknown";
}

function isRuleset(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "nftables" in value && Array.isArray(value.nftables);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** nft says where in its input it was first: of no use to a reader. */
const withoutPlace = (text: string): string => text.replace(/^\S*:\d+:[\d-]+: (Error: )?/, "");

function showsAll(part: NftPart, family: NftFamily, listing: readonly string[]): boolean {
  const start = listing.indexOf(`table ${family} ${probeTable(part)} {`);
  const end = listing.indexOf("}", start);
  const table = start < 0 || end < 0 ? "" : listing.slice(start, end).join("\n");
  return nftTrial(part, family).shows.every((pattern) => pattern.test(table));
}
