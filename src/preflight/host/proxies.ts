import type { Fact } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { doubtful, seen } from "../../kernel/answer.ts";
import { cidrContains, cidrSize, parseAddress, parseCidr } from "../../model/ip.ts";
import { check } from "../check.ts";
import { wholeOf } from "./replies.ts";

export interface ProxySetting {
  /** The file it stands in. */
  readonly where: string;
  /** "http_proxy", "no_proxy", …, in lower case. */
  readonly name: string;
  /** Only of no_proxy: the address of a proxy may hold a password, and is not read. */
  readonly value: string | null;
}

/** Proxies that services and logins of the machine are given. */
export const proxiesFact: Fact<readonly ProxySetting[]> = {
  key: "proxies",
  script: sh`for f in /etc/environment /etc/systemd/system.conf /etc/systemd/system.conf.d/*.conf; do
[ -r "$f" ] && grep -v '^[[:space:]]*#' "$f" | grep -oiE "(https?_proxy|all_proxy)=|no_proxy=[^\\"' ]*" | head -n 20 | while IFS= read -r l; do printf 'proxy=%s %s\\n' "$f" "$l"; done; done; echo end=yes`,
  parse: ({ stdout }) =>
    wholeOf(
      "proxies",
      stdout,
    )("proxy").flatMap((line) => {
      const [, where = "", name = "", value = ""] = /^(\S+) (\w+)=(.*)$/.exec(line) ?? [];
      if (name === "") return [];
      const lower = name.toLowerCase();
      return [{ where, name: lower, value: lower === "no_proxy" ? value : null }];
    }),
};

/** Whether an entry of a no_proxy list keeps all addresses of `network` (an address or a CIDR) off the proxy. */
function spares(entry: string, network: string): boolean {
  if (entry === "*") return true;
  const [own, other] = [entry, network].map((text) => parseCidr(text.includes("/") ? text : `${text}/32`));
  if (own === null || own === undefined || other === null || other === undefined) return entry === network;
  return cidrContains(own, other.base) && cidrSize(own) >= cidrSize(other);
}

/** Proxies on a node are fine as long as the cluster's own traffic does not go through them. */
export const proxies = check({
  name: "host/proxy",
  title: "proxies",
  facts: () => ({ proxies: proxiesFact }),
  judge: ({ facts: { proxies }, cluster }) => {
    const what = "proxies";
    const set = proxies.filter(({ value }) => value === null);
    if (set.length === 0) return [{ what, answer: seen("none set") }];
    const where = [...new Set(set.map((one) => `${one.name} in ${one.where}`))].join(", ");
    if (!set.some((one) => one.where.startsWith("/etc/systemd/")))
      return [{ what, answer: seen(`${where}: for logins; services are not given it`) }];
    const list = proxies.flatMap(({ value }) => value?.split(",") ?? []).map((entry) => entry.trim());
    const own = [cluster.network.pods, cluster.network.services, ...cluster.nodes.map(({ address }) => address)];
    const caught = own.filter(
      (network) => parseAddress(network.split("/")[0] ?? "") !== null && !list.some((e) => spares(e, network)),
    );
    if (caught.length === 0) return [{ what, answer: seen(`${where}; no_proxy spares the cluster's addresses`) }];
    return [
      {
        what,
        answer: doubtful(
          "a proxy is set for services, and it would be asked for addresses of the cluster",
          `add to no_proxy beside it: ${summary(caught)}`,
          where,
        ),
      },
    ];
  },
});

const summary = (list: readonly string[]): string =>
  list.length <= 6 ? list.join(",") : `${list.slice(0, 6).join(",")} and ${list.length - 6} more addresses of nodes`;
