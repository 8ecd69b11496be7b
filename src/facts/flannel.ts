import { sh } from "../host/sh.ts";
import { jsonOrNull } from "../model/jsonOrNull.ts";
import { type Fact, FactError } from "./fact.ts";

/** What flannel has made of one node. */
export interface FlannelOnNode {
  /** "10.244.1.1/24" of /run/flannel/subnet.env; null: it has not written it. */
  readonly subnet: string | null;
  /** "10.244.2.0/24" -> "via 10.77.0.22 dev eth0" as `ip route` words it. */
  readonly routes: ReadonlyMap<string, string>;
  /** Hardware address -> machine, of flannel.1. */
  readonly forwarding: ReadonlyMap<string, string>;
  /** Address in the pods' network -> hardware address, of flannel.1. */
  readonly neighbours: ReadonlyMap<string, string>;
}

export const flannelNodeFact: Fact<FlannelOnNode> = {
  key: "flannel node",
  script: sh`sed -n 's/^FLANNEL_SUBNET=/subnet /p' /run/flannel/subnet.env 2>/dev/null
ip -4 -o route show | sed 's/^/route /'
bridge fdb show dev flannel.1 2>/dev/null | sed 's/^/fdb /'
ip -4 neigh show dev flannel.1 2>/dev/null | sed 's/^/neigh /'; true`,
  parse: ({ stdout }) => {
    const rows = stdout.split("\n").map((line) => line.split(" "));
    const of = (kind: string) => rows.filter(([first]) => first === kind).map(([, ...rest]) => rest);
    const after = (words: readonly string[], word: string): string => words[words.indexOf(word) + 1] ?? "";
    return {
      subnet: of("subnet")[0]?.[0] ?? null,
      routes: new Map(of("route").map(([to = "", ...how]) => [to, how.join(" ").trim()])),
      forwarding: new Map(
        of("fdb")
          .filter((words) => words.includes("dst"))
          .map((words) => [(words[0] ?? "").toLowerCase(), after(words, "dst")]),
      ),
      neighbours: new Map(
        of("neigh")
          .filter((words) => words.includes("lladdr"))
          .map((words) => [words[0] ?? "", after(words, "lladdr").toLowerCase()]),
      ),
    };
  },
};

/** What flannel says of a node in the cluster: its share of the pods' network, and how it is reached. */
export interface Lease {
  readonly node: string;
  /** "10.244.1.0/24"; "" until Kubernetes has given it one. */
  readonly podCidr: string;
  /** "vxlan", "host-gw"; "" until flannel has been there. */
  readonly backend: string;
  /** Address of the machine. */
  readonly machine: string;
  /** Of its flannel.1; null without vxlan. */
  readonly mac: string | null;
}

export const leasesFact: Fact<readonly Lease[]> = {
  key: "kube flannel leases",
  script: sh`k get nodes -o jsonpath='{range .items[*]}{.metadata.name}|{.spec.podCIDR}|{.metadata.annotations.flannel\\.alpha\\.coreos\\.com/backend-type}|{.metadata.annotations.flannel\\.alpha\\.coreos\\.com/public-ip}|{.metadata.annotations.flannel\\.alpha\\.coreos\\.com/backend-data}{"\\n"}{end}'`,
  parse: ({ code, stdout }) => {
    if (code !== 0)
      throw new FactError("kube flannel leases", "the cluster does not tell of flannel's leases", stdout.slice(0, 200));
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [node = "", podCidr = "", backend = "", machine = "", data = ""] = line.split("|");
        const mac = (jsonOrNull(data) as { VtepMAC?: unknown } | null)?.VtepMAC;
        return { node, podCidr, backend, machine, mac: typeof mac === "string" ? mac.toLowerCase() : null };
      });
  },
};
