import type { Fact } from "../../facts/fact.ts";
import { hostFacts } from "../../facts/hostFacts.ts";
import { sh } from "../../host/sh.ts";
import { doubtful, no, seen, unknown } from "../../kernel/answer.ts";
import { looksLikeIpv6, parseAddress } from "../../model/ip.ts";
import { type CheckTarget, check } from "../check.ts";
import { proxiesFact } from "./proxies.ts";
import { wholeOf } from "./replies.ts";

const notThere = 127;

/** Names the node itself must turn into addresses, with what for. */
function namesOf({ cluster, catalog }: CheckTarget): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const add = (name: string | null, what: string): void => {
    if (name !== null && name !== "" && parseAddress(name) === null && !looksLikeIpv6(name.replaceAll(/[[\]]/g, "")))
      names.set(name, what);
  };
  const { artifacts, endpoint } = cluster;
  if (endpoint.kind === "external") add(endpoint.host, "endpoint.host");
  if (artifacts.from === "mirror") {
    if (artifacts.delivery === "node") add(hostOf(artifacts.url), "artifacts.url");
    if (artifacts.registry !== null) add(hostOf(artifacts.registry), "artifacts.registry");
  }
  if (artifacts.from === "official" || artifacts.registry === null)
    for (const { ref } of catalog.images) add(hostOf(`https://${ref}`), "images");
  return names;
}

function hostOf(url: string): string | null {
  try {
    return new URL(url).hostname;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Exit code of getent by name: 0 found, 2 not found, 124 out of time, 127 no getent. All are asked at once. */
const namesFact = (names: readonly string[]): Fact<ReadonlyMap<string, number>> => ({
  key: `names ${names.join(" ")}`,
  script: sh`for n in ${names}; do ( timeout 4 getent -- ahosts "$n" >/dev/null; echo "name=$? $n" ) & done; wait; echo end=yes`,
  parse: ({ stdout }) =>
    new Map(
      wholeOf(
        "names",
        stdout,
      )("name").map((line) => {
        const [code = "", name = ""] = line.split(" ");
        return [name, Number(code)] as const;
      }),
    ),
});

/** The names of the inventory, or of the catalog's registries, resolve on the node. */
export const names = check({
  name: "host/dns",
  title: "DNS",
  when: (target) => namesOf(target).size > 0,
  facts: (target) => ({ host: hostFacts, proxies: proxiesFact, names: namesFact([...namesOf(target).keys()]) }),
  judge: ({ facts, ...target }) => {
    const wanted = namesOf(target);
    // Of the registries of a catalog not every cluster needs every one.
    const otherImages = [...wanted].some(([name, what]) => what === "images" && facts.names.get(name) === 0);
    return [...wanted].map(([name, what]) => {
      const code = facts.names.get(name);
      if (code === 0) return { what: name, answer: seen("resolves") };
      if (code === undefined || code >= 125)
        return { what: name, answer: unknown(code === notThere ? "there is no getent to ask with" : "getent did not answer") };
      const why = `${name} (${what}) does not resolve on this node`;
      const hint = "mend /etc/resolv.conf or the name server, or write an address in the inventory, or the name in /etc/hosts";
      const told = code === 124 ? "no answer within 4 s" : "no such name";
      // A proxy resolves for those who ask it, and what runs already has its images.
      const inService = facts.host.claimedBy === target.cluster.name;
      const other = what === "images" && otherImages;
      const proxied = what === "images" && facts.proxies.some(({ where }) => where.startsWith("/etc/systemd/"));
      return { what: name, answer: inService || proxied || other ? doubtful(why, hint, told) : no(why, hint, told) };
    });
  },
});
