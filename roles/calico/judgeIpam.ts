import type { Allocation, CalicoIpam, PodAddress } from "../../src/facts/calicoIpam.ts";
import { cidrContains, parseAddress, parseCidr } from "../../src/model/ip.ts";

interface IpamFindings {
  /** A pod's address is not, or not only, that pod's: it may be given away twice. */
  readonly broken: readonly string[];
  /** Given to who is gone; kube-controllers takes them back after a quarter of an hour. */
  readonly leaked: readonly string[];
  /** Used on one node, from another's block. Allowed, and a sign that nodes have no blocks of their own left. */
  readonly borrowed: readonly string[];
}

const podName = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string => `${namespace}/${name}`;

/** Holds what IPAM has given away against who has it. Pods that are on their way in or out belong to neither side. */
export function judgeIpam({ allocations, blocks, pods, nodes }: CalicoIpam): IpamFindings {
  const ranges = blocks.flatMap((cidr) => parseCidr(cidr) ?? []);
  const inBlocks = (address: string): boolean => {
    const number = parseAddress(address);
    return number !== null && ranges.some((range) => cidrContains(range, number));
  };
  const given = new Map(allocations.map((one) => [one.address, one]));
  const byName = new Map(pods.map((pod) => [podName(pod), pod]));
  const users = new Map<string, PodAddress[]>();
  for (const pod of pods)
    if (pod.address !== "" && !pod.leaving) users.set(pod.address, [...(users.get(pod.address) ?? []), pod]);
  return {
    broken: [...users.values()].flatMap((having) => {
      const [pod] = having;
      if (pod === undefined) return [];
      if (having.length > 1) return [`${pod.address} is the address of ${having.map(podName).join(" and ")}`];
      return inBlocks(pod.address) ? wrongOwner(pod, given.get(pod.address)) : [];
    }),
    leaked: allocations.flatMap((one) => {
      if (one.to.kind === "node")
        return nodes.includes(one.node) ? [] : [`${one.address} (tunnel of ${one.node}, which is gone)`];
      if (one.to.kind === "other") return [];
      const pod = byName.get(podName(one.to));
      if (pod === undefined) return [`${one.address} (${podName(one.to)}, which is gone)`];
      return pod.address === "" || pod.address === one.address || pod.leaving
        ? []
        : [`${one.address} (${podName(one.to)}, which has ${pod.address})`];
    }),
    borrowed: allocations.flatMap(({ address, blockOf, node }) =>
      blockOf === null || node === "" || blockOf === node ? [] : [`${address} (used on ${node}, from a block of ${blockOf})`],
    ),
  };
}

function wrongOwner(pod: PodAddress, owner: Allocation | undefined): readonly string[] {
  if (owner === undefined) return [`${pod.address} of ${podName(pod)} counts as free`];
  const { to } = owner;
  if (to.kind === "pod" && podName(to) === podName(pod)) return [];
  const whose = to.kind === "pod" ? podName(to) : to.kind === "node" ? `the tunnel of ${owner.node}` : "something else";
  return [`${pod.address} of ${podName(pod)} counts as that of ${whose}`];
}
