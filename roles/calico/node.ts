import { existsFact } from "../../src/facts/files.ts";
import type { ClusterSpec, NodeSpec } from "../../src/model/cluster.ts";
import { calicoConfFile, calico as part } from "../../src/network/calico.ts";
import { linkMtus, routesTo } from "../../src/preflight/between/survey.ts";
import { nodeStep } from "../../src/role/step.ts";
import { blocked, ok, type Reason } from "../../src/role/verdict.ts";
import { calicoHealthy } from "./health.ts";

/** Written by the first containers of the node's calico-node; a container runtime makes no pod without it. */
const confFile = `/etc/cni/net.d/${calicoConfFile}`;

/** Nodes lie behind the same interfaces, as a rule: a few tell it. */
const others = ({ nodes }: ClusterSpec, node: NodeSpec): readonly string[] =>
  nodes.flatMap(({ name, address }) => (name === node.name ? [] : [address])).slice(0, 4);

/** Why pods may not have the MTU that the inventory says: what they send would be wrapped and then not fit. */
function tooLarge(
  cluster: ClusterSpec,
  { name }: NodeSpec,
  links: ReadonlyMap<string, number>,
  routes: ReadonlyMap<string, string>,
): readonly Reason[] {
  const { cni } = cluster.network;
  if (cni.name !== "calico" || cni.mtu === 0) return [];
  const most = [...new Set(routes.values())].flatMap((device) => {
    const mtu = links.get(device);
    return mtu === undefined || cni.mtu + part.overhead(cluster) <= mtu ? [] : [{ device, mtu }];
  });
  return most.map(({ device, mtu }) => ({
    code: "calico/mtu",
    message: `network.cni.mtu: pods would send ${cni.mtu} bytes, and ${cni.encapsulation} adds ${part.overhead(cluster)}, but ${device} of ${name} carries ${mtu}`,
    seen: `${device}: MTU ${mtu}`,
    hint: `leave network.cni.mtu out, or set it to ${mtu - part.overhead(cluster)} at most`,
  }));
}

export const node = nodeStep({
  id: "calico/node",
  summary: "Calico serves the node: pods get addresses, policies are kept",
  after: ["calico/installed", "calico/pod"],
  when: (_node, { network }) => network.cni.name === "calico",
  facts: ({ cluster, node }) => ({ files: existsFact([confFile]), links: linkMtus, routes: routesTo(others(cluster, node)) }),
  check: ({ facts: { files, links, routes }, cluster, node }) => {
    const reasons = tooLarge(cluster, node, links, routes);
    if (reasons.length > 0) return blocked(...reasons);
    return files.has(confFile) ? ok : { status: "change", changes: [{ what: "node", action: "look", target: confFile }] };
  },
  apply: () => [],
  verify: calicoHealthy,
});
