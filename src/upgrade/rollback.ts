import type { Kept, ServersSeen } from "../facts/kept.ts";
import { type ClusterSpec, controlPlanes, type NodeSpec } from "../model/cluster.ts";
import { isAtLeast, minorOf } from "../model/versions.ts";
import { minorNumber } from "./refusals/skew.ts";

/** What decides where a way back is open. Versions without a v. */
export interface RollbackFacts {
  /** By node that answered. */
  readonly kept: ReadonlyMap<string, readonly Kept[]>;
  /** By control plane that answered. */
  readonly seen: ReadonlyMap<string, ServersSeen>;
  /** What the API says; null when none answers. */
  readonly live: {
    readonly kubelets: ReadonlyMap<string, string>;
    readonly apiServers: ReadonlyMap<string, string>;
    /** The version kubeadm has noted in the cluster; "" where it has not. */
    readonly noted: string;
  } | null;
}

export interface Rollback {
  readonly node: NodeSpec;
  readonly kept: Kept;
  /** Why not, and what to do instead; null: it can be done. */
  readonly refused: { readonly message: string; readonly hint: string } | null;
}

const skewPolicy = "https://kubernetes.io/releases/version-skew-policy/";
/** How many minors a kubelet may be older than any API server: version-skew-policy. */
const oldest = 3;
const wholeCluster = "the way back is the whole cluster, from the backup";

/** Every way back that something was kept for, in the order of the inventory; of several on one machine the newest. Pure. */
export function rollbacks(cluster: ClusterSpec, facts: RollbackFacts): readonly Rollback[] {
  return cluster.nodes.flatMap((node) =>
    (["pods", "node"] as const).flatMap((kind) => {
      const all = (facts.kept.get(node.name) ?? []).filter((one) => one.kind === kind);
      if (all.length === 0) return [];
      const kept = all.reduce((a, b) => (b.at > a.at ? b : a));
      const refused = kind === "node" ? nodeRefusal(node, kept, facts) : podsRefusal(cluster, node, kept, facts);
      return [{ node, kept, refused }];
    }),
  );
}

function nodeRefusal(node: NodeSpec, { before, missing }: Kept, { live }: RollbackFacts): Rollback["refused"] {
  if (live === null)
    return {
      message: "no API server answers, and pods could not be moved away",
      hint: "bring a control plane back first: crictl ps -a and journalctl -u kubelet say why",
    };
  if (!live.kubelets.has(node.name))
    return { message: "the cluster does not know the node", hint: "provision up lets it join again" };
  if (missing.length > 0)
    return {
      message: `programs it would run are not on the machine any more: ${missing.join(", ")}`,
      hint: "provision upgrade goes forward",
    };
  const old = minorNumber(before);
  for (const [name, version] of live.apiServers) {
    const minor = minorNumber(version);
    if (old === null || minor === null) continue;
    if (old > minor)
      return {
        message: `a kubelet of ${before} would be newer than the API server of ${name} (${version}; ${skewPolicy})`,
        hint: "provision upgrade goes forward",
      };
    if (minor - old > oldest)
      return {
        message: `a kubelet of ${before} is more than ${oldest} minors older than the API server of ${name} (${version}; ${skewPolicy})`,
        hint: wholeCluster,
      };
  }
  return null;
}

/** Manifests of the same minor may go back and forth. Of another one only while no API server of the newer minor can have written to etcd. */
function podsRefusal(cluster: ClusterSpec, node: NodeSpec, kept: Kept, { live, seen }: RollbackFacts): Rollback["refused"] {
  const now = seen.get(node.name)?.etcd ?? "";
  if (now !== "" && kept.etcd !== "" && twoOf(now) !== twoOf(kept.etcd))
    return {
      message: `etcd ${now} has opened the data; ${kept.etcd} does not read it any more`,
      hint: wholeCluster,
    };
  const old = minorNumber(kept.before);
  const newer = (version: string): boolean => (minorNumber(version) ?? 0) > (old ?? 0);
  if (minorOf(kept.before) === minorOf(kept.until)) return null;
  // Where this machine's own API server has stayed old, etcd's manifest alone goes back, and the cluster is as mixed as it is now.
  const own = [live?.apiServers.get(node.name) ?? "", ...(seen.get(node.name)?.versions ?? [])].filter((one) => one !== "");
  const stayed = own.length > 0 && !own.some(newer);
  const far = stayed ? tooFar(node, kept.before, live?.apiServers ?? new Map()) : null;
  if (far !== null) return far;
  const served = stayed ? null : servedBy(cluster, { live, seen }, newer);
  if (served !== null) return { message: `${served}: what it wrote to etcd an older one may not understand`, hint: wholeCluster };
  const kubelet = [...(live?.kubelets ?? [])].find(([, version]) => newer(version));
  if (kubelet !== undefined)
    return {
      message: `the kubelet of ${kubelet[0]} (${kubelet[1]}) would be newer than this API server (${skewPolicy})`,
      hint: `provision rollback --node ${kubelet[0]} comes first, where it is possible`,
    };
  const silent = stayed ? [] : controlPlanes(cluster).filter(({ name }) => !seen.has(name));
  if (silent.length === 0) return null;
  return {
    message: `${silent.map(({ name }) => name).join(", ")} does not answer: whether an API server of the newer minor has run there is not to be seen`,
    hint: "bring its SSH back first",
  };
}

/** API servers of a cluster are at most one minor apart: version-skew-policy. */
function tooFar({ name: own }: NodeSpec, before: string, apiServers: ReadonlyMap<string, string>): Rollback["refused"] {
  for (const [name, version] of apiServers)
    if (name !== own && Math.abs((minorNumber(version) ?? 0) - (minorNumber(before) ?? 0)) > 1)
      return {
        message: `an API server of ${before} beside that of ${name} (${version}) would be more than one minor apart (${skewPolicy})`,
        hint: wholeCluster,
      };
  return null;
}

function servedBy(
  cluster: ClusterSpec,
  { live, seen }: Pick<RollbackFacts, "live" | "seen">,
  newer: (version: string) => boolean,
): string | null {
  for (const { name } of controlPlanes(cluster)) {
    const version = [live?.apiServers.get(name) ?? "", ...(seen.get(name)?.versions ?? [])].find(newer);
    if (version !== undefined) return `an API server of ${version} runs or has run on ${name}`;
  }
  return live !== null && newer(live.noted) ? `the cluster notes version ${live.noted}` : null;
}

/** "3.6" of "3.6.8-0". */
const twoOf = (tag: string): string => tag.split(".").slice(0, 2).join(".");

/** Newest first in; the backup a cluster goes back to: one of `before`, else the newest that is no newer. */
export const backupFor = <T extends { readonly kubernetes: string }>(backups: readonly T[], before: string): T | null =>
  backups.find((one) => one.kubernetes === before) ?? backups.find((one) => isAtLeast(before, one.kubernetes)) ?? null;
