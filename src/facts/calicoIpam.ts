import { z } from "zod";
import { sh } from "../host/sh.ts";
import { formatAddress, parseCidr } from "../model/ip.ts";
import { jsonOrNull } from "../model/jsonOrNull.ts";
import { type Fact, FactError } from "./fact.ts";

/** An address that Calico's IPAM has given away. */
export interface Allocation {
  readonly address: string;
  /** Node whose block it is from; null: the block is nobody's now. */
  readonly blockOf: string | null;
  /** To whom: a pod, the end of a node's tunnel, or something else. */
  readonly to:
    | { readonly kind: "pod"; readonly namespace: string; readonly name: string }
    | { readonly kind: "node" }
    | { readonly kind: "other" };
  /** On which node it is used; "" when it does not say. */
  readonly node: string;
}

export interface PodAddress {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  /** "" when it has none yet. */
  readonly address: string;
  readonly leaving: boolean;
}

export interface CalicoIpam {
  readonly allocations: readonly Allocation[];
  /** CIDRs of blocks. */
  readonly blocks: readonly string[];
  /** Pods with addresses of their own that have not ended. */
  readonly pods: readonly PodAddress[];
  readonly nodes: readonly string[];
}

const key = "kube calico ipam";
const indexes = z.array(z.number().nullable());
const attributes = z.array(z.object({ secondary: z.record(z.string(), z.string()).nullish() }));

/** Blocks, pods and nodes, a short line each. null: this cluster does not know such blocks. */
export const calicoIpamFact: Fact<CalicoIpam | null> = {
  key,
  script: sh`known=$(k get customresourcedefinition ipamblocks.crd.projectcalico.org --ignore-not-found -o name) || exit 1
[ -n "$known" ] || exit 0
k get ipamblocks.crd.projectcalico.org -o jsonpath='{range .items[*]}block{"\\t"}{.spec.cidr}{"\\t"}{.spec.affinity}{"\\t"}{.spec.allocations}{"\\t"}{.spec.attributes}{"\\n"}{end}' || exit 1
k get pods -A -o jsonpath='{range .items[*]}pod{"\\t"}{.metadata.namespace}{"\\t"}{.metadata.name}{"\\t"}{.spec.nodeName}{"\\t"}{.status.podIP}{"\\t"}{.spec.hostNetwork}{"\\t"}{.status.phase}{"\\t"}{.metadata.deletionTimestamp}{"\\n"}{end}' || exit 1
k get nodes -o jsonpath='{range .items[*]}node{"\\t"}{.metadata.name}{"\\n"}{end}' || exit 1`,
  parse: ({ code, stdout }) => {
    if (code !== 0) throw new FactError(key, "the cluster does not tell its pods' addresses", stdout.slice(0, 200));
    const rows = stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t"));
    if (rows.length === 0) return null;
    const of = (kind: string): readonly (readonly string[])[] => rows.filter((row) => row[0] === kind).map((row) => row.slice(1));
    return {
      allocations: of("block").flatMap(readBlock),
      blocks: of("block").map(([cidr = ""]) => cidr),
      pods: of("pod").flatMap(([namespace = "", name = "", node = "", address = "", onHost, phase, leaving]) =>
        onHost === "true" || phase === "Succeeded" || phase === "Failed"
          ? []
          : [{ namespace, name, node, address, leaving: leaving !== "" }],
      ),
      nodes: of("node").map(([name = ""]) => name),
    };
  },
};

/** `allocations` names, for each address of the block, the attributes of who has it, by their place; null: it is free. */
function readBlock(row: readonly string[]): readonly Allocation[] {
  const [cidr = "", affinity = "", given = "", who = ""] = row;
  const block = parseCidr(cidr);
  const places = indexes.safeParse(given === "" ? [] : jsonOrNull(given));
  const owners = attributes.safeParse(who === "" ? [] : jsonOrNull(who));
  if (!places.success || !owners.success)
    throw new FactError(key, "a block of pods' addresses is not understood", row.join(" ").slice(0, 200));
  // Of IPv6, which no cluster of this tool has.
  if (block === null) return [];
  const blockOf = affinity.startsWith("host:") ? affinity.slice("host:".length) : null;
  return places.data.flatMap((place, offset): readonly Allocation[] => {
    if (place === null) return [];
    const { pod, namespace, node = "", type } = owners.data[place]?.secondary ?? {};
    const to: Allocation["to"] =
      pod !== undefined && namespace !== undefined
        ? { kind: "pod", namespace, name: pod }
        : type?.endsWith("TunnelAddress")
          ? { kind: "node" }
          : { kind: "other" };
    return [{ address: formatAddress(block.base + offset), blockOf, to, node }];
  });
}
