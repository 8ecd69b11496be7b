import { compareMinors, isAtLeast, minorOf } from "../model/versions.ts";

/** The Kubernetes minors each Calico minor is tested with; null: its list is not known. Source: docs.tigera.io, system requirements of each version. */
const calicoMinors: Readonly<Record<string, readonly [first: string, last: string] | null>> = {
  "3.28": null,
  "3.29": ["1.29", "1.32"],
  "3.30": ["1.31", "1.35"],
  "3.31": ["1.32", "1.35"],
  "3.32": ["1.34", "1.36"],
};

export interface Concern {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const error = (code: string, message: string, hint: string): Concern => ({ severity: "error", code, message, hint });
const warning = (code: string, message: string, hint: string): Concern => ({ severity: "warning", code, message, hint });

const between = (version: string, first: string, last: string): boolean => isAtLeast(version, first) && isAtLeast(last, version);

/** What there is to say of a Calico version with a Kubernetes version, whatever runs now. */
export function pairConcerns(calico: string, kubernetes: string): readonly Concern[] {
  const known = Object.keys(calicoMinors);
  const minor = minorOf(calico);
  if (!known.includes(minor))
    return [
      error(
        "calico-version",
        `this tool does not know Calico ${minor}: neither what its manifest holds nor what a change to it does`,
        `use one of ${known.join(", ")}`,
      ),
    ];
  const found: Concern[] = [];
  const wanted = minorOf(kubernetes);
  // 3.28.4 took PodSecurityPolicy out: projectcalico/calico #10196.
  if (isAtLeast(calico, "3.28.4") && compareMinors(wanted, "1.25") < 0)
    found.push(error("calico-kubernetes", `Calico ${calico} needs Kubernetes 1.25 or newer`, "upgrade Kubernetes first"));
  const tested = calicoMinors[minor] ?? null;
  const fitting = known.filter((one) => {
    const range = calicoMinors[one] ?? null;
    return range !== null && compareMinors(wanted, range[0]) >= 0 && compareMinors(wanted, range[1]) <= 0;
  });
  if (tested === null || compareMinors(wanted, tested[0]) < 0 || compareMinors(wanted, tested[1]) > 0)
    found.push(
      warning(
        "calico-untested",
        tested === null
          ? `Calico ${minor} is not tested with Kubernetes ${wanted} by its project`
          : `Calico ${minor} is tested with Kubernetes ${tested[0]} to ${tested[1]}, not with ${wanted}`,
        fitting.length === 0 ? "try it on a cluster that may break" : `Calico ${fitting.join(" or ")} is`,
      ),
    );
  // Release notes of 3.29.4 and 3.30.1: names change back.
  if (between(calico, "3.29.0", "3.29.3") || calico === "3.30.0")
    found.push(
      warning(
        "calico-policy-names",
        `Calico ${calico} puts "default." before the names of new policies; the next patch takes it away again`,
        "use 3.29.4, 3.30.1 or newer",
      ),
    );
  return found;
}

/**
 * What there is to say of a change from one version to another. Source: docs.tigera.io, upgrade notes of each version: any version from 3.15
 * on may be upgraded in one step; back, the definitions of the newer version may stay, except those that 3.32 takes away.
 */
export function changeConcerns(from: string, to: string, accepted: boolean): readonly Concern[] {
  if (from === to) return [];
  const found: Concern[] = [];
  const crosses = (version: string): boolean => !isAtLeast(from, version) && isAtLeast(to, version);
  if (!(minorOf(from) in calicoMinors))
    found.push(
      error(
        "calico-from",
        `Calico ${from} runs, and this tool does not know what a change from it does`,
        `bring it to ${Object.keys(calicoMinors)[0]} by its own documentation first`,
      ),
    );
  if (crosses("3.32.0") && !accepted)
    found.push(
      error(
        "calico-no-way-back",
        `from Calico ${from} to ${to} there is no way back: 3.32 moves policies to other objects and takes AdminNetworkPolicy away`,
        "migrate AdminNetworkPolicy and BaselineAdminNetworkPolicy to ClusterNetworkPolicy, then set network.cni.acceptNoWayBack: true",
      ),
    );
  if (isAtLeast(from, "3.32.0") && !isAtLeast(to, "3.32.0"))
    found.push(
      error(
        "calico-no-way-back",
        `Calico ${from} cannot go back to ${to}: 3.32 migrated its objects`,
        "stay, or restore the backup of before into a new cluster",
      ),
    );
  if (crosses("3.28.0"))
    found.push(
      warning(
        "calico-uids",
        "from 3.28 on objects of projectcalico.org/v3 have other UIDs: what names them as owner is collected as garbage",
        "take such owner references away first",
      ),
    );
  return found;
}

/** Which versions' nftables data plane to keep away from; which mode of kube-proxy it goes with is `proxyModes`. Source: release notes of 3.31.4 to 3.31.6. */
export const dataplaneConcerns = ({
  version,
  dataplane,
}: {
  readonly version: string;
  readonly dataplane: "iptables" | "nftables";
}): readonly Concern[] =>
  dataplane === "nftables" && between(version, "3.31.0", "3.31.3")
    ? [
        error(
          "calico-nftables",
          `Felix ${version} with nftables ends when it meets rules of a newer nft on the host`,
          "use 3.31.6 or newer",
        ),
      ]
    : dataplane === "nftables" && !isAtLeast(version, "3.29.0")
      ? [error("calico-nftables", `Calico ${version} has no nftables data plane`, "use 3.31.6 or newer, or dataplane: iptables")]
      : [];
