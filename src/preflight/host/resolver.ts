import type { Fact } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { doubtful, type Finding, no, seen, unknown } from "../../kernel/answer.ts";
import { cidrContains, parseAddress, parseCidr } from "../../model/ip.ts";
import { check } from "../check.ts";
import { wholeOf } from "./replies.ts";

/** glibc's and the kubelet's: kubernetes `pkg/apis/core/validation` MaxDNSNameservers, MaxDNSSearchPaths, MaxDNSSearchListChars. */
const maxNameservers = 3;
const maxSearch = 32;
const maxSearchChars = 2048;
/** "<namespace>.svc.<domain>", "svc.<domain>" and "<domain>" go before the machine's own. */
const searchOfPods = 3;

interface Resolver {
  /** The file that kubeadm makes the kubelet hand to pods; null: it cannot be read. */
  readonly file: string | null;
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
}

/** kubeadm takes systemd-resolved's own list when that runs: kubernetes `cmd/kubeadm/app/componentconfigs/kubelet.go`. */
const resolverFact: Fact<Resolver> = {
  key: "resolver",
  script: sh`f=/etc/resolv.conf; if systemctl -q is-active systemd-resolved.service; then f=/run/systemd/resolve/resolv.conf; fi
if [ -r "$f" ]; then echo "file=$f"; awk '$1 == "nameserver" {print "nameserver=" $2} $1 == "search" || $1 == "domain" {$1 = ""; print "search=" $0}' "$f" | head -n 100; fi
echo end=yes`,
  parse: ({ stdout }) => {
    const values = wholeOf("resolver", stdout);
    return {
      file: values("file")[0] ?? null,
      nameservers: values("nameserver"),
      // The last line counts: resolv.conf(5).
      search: (values("search").at(-1) ?? "").split(" ").filter((name) => name !== ""),
    };
  },
};

/** What pods and CoreDNS are handed as the machine's way to resolve names. */
export const resolver = check({
  name: "host/resolv-conf",
  title: "resolv.conf",
  facts: () => ({ resolver: resolverFact }),
  judge: ({ facts: { resolver }, cluster }) => {
    const { file, nameservers, search } = resolver;
    if (file === null) return [{ what: "nameservers", answer: unknown("there is no resolv.conf that can be read") }];
    const findings: Finding[] = [];
    const say = (what: string, answer: Finding["answer"]): number => findings.push({ what, answer });

    const services = parseCidr(cluster.network.services);
    const loops = nameservers.filter((server) => {
      const address = parseAddress(server);
      if (address === null) return server === "::1";
      return server.startsWith("127.") || (services !== null && cidrContains(services, address));
    });
    if (loops.length > 0)
      say(
        "loop",
        no(
          `${file} sends pods to an address that is CoreDNS itself to them: questions go round in a loop`,
          `let ${file} name the servers behind it, or run systemd-resolved, whose own list is taken then`,
          loops.join(", "),
        ),
      );
    if (nameservers.length === 0)
      say(
        "nameservers",
        doubtful(`${file} names no server: pods resolve the cluster's own names alone`, `add a nameserver line to ${file}`),
      );
    else if (nameservers.length > maxNameservers)
      say(
        "nameservers",
        doubtful(
          `${file} names more than ${maxNameservers} servers; the kubelet and glibc leave out the rest`,
          `keep ${maxNameservers} of them`,
          nameservers.join(", "),
        ),
      );
    else if (loops.length === 0) say("nameservers", seen(nameservers.join(", ")));

    const own = search.filter((name) => `.${name.replace(/\.$/, "")}`.endsWith(`.${cluster.network.dnsDomain}`));
    if (own.length > 0)
      say(
        "search list",
        doubtful(
          `${file} searches the cluster's own domain: a trace of another cluster, or a clash of names`,
          `take it out of the search line, or set another network.dnsDomain`,
          own.join(" "),
        ),
      );
    else if (search.length + searchOfPods > maxSearch || search.join(" ").length > maxSearchChars)
      say(
        "search list",
        doubtful(
          `the search list is too long: the kubelet cuts it after ${maxSearch} names or ${maxSearchChars} characters`,
          `shorten the search line of ${file}`,
          `${search.length} names`,
        ),
      );
    return findings;
  },
});
