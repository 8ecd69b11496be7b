import type { ClusterSpec } from "../model/cluster.ts";
import { calico } from "./calico.ts";
import { canal } from "./canal.ts";
import { cilium } from "./cilium.ts";
import { flannel } from "./flannel.ts";
import { multus } from "./multus.ts";
import type { NetworkPart } from "./part.ts";
import { retina } from "./retina.ts";

/** Everything that can make a cluster's network, or look at it. */
export const networkParts: readonly NetworkPart[] = [flannel, canal, calico, cilium, multus, retina];

/** By the name that network.cni.name has. Throws Error on one that no role has. */
export function partCalled(part: string): NetworkPart {
  const row = networkParts.find(({ name }) => name.toLowerCase() === part);
  if (row === undefined) throw new Error(`no network is called ${part}`);
  return row;
}

/** Those this cluster asks for. */
export const partsOf = (cluster: ClusterSpec): readonly NetworkPart[] => networkParts.filter((part) => part.inUse(cluster));

/** Every text and chart they are made from: name -> version. */
export const sourcesOf = (cluster: ClusterSpec): Readonly<Record<string, string>> =>
  Object.assign({}, ...partsOf(cluster).map((part) => part.sources(cluster)));

/** The file a container runtime must find first in /etc/cni/net.d; null: none of this tool's. */
export const confFileOf = (cluster: ClusterSpec): string | null =>
  partsOf(cluster)
    .flatMap(({ confFile }) => confFile ?? [])
    .sort()[0] ?? null;

/** Whether an interface of that name, or of that shape ("cali*"), is one of theirs. */
export const ownInterface = (parts: readonly NetworkPart[], name: string): boolean =>
  parts.some(({ owns }) =>
    owns.interfaces.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern)),
  );

/** Bytes the pods' network takes off an interface's MTU. */
export const overheadOf = (cluster: ClusterSpec): number =>
  Math.max(0, ...partsOf(cluster).map((part) => part.overhead(cluster)));
