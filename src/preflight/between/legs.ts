import type { ClusterSpec, NodeSpec } from "../../model/cluster.ts";
import { parseAddress } from "../../model/ip.ts";
import type { Listening } from "./replies.ts";
import { type PortRequirement, portsOf, talk, udpHeaders } from "./requirements.ts";
import { type Survey, tunnelOf, wayTo } from "./survey.ts";

/** A connection to try: to another node (then `row` is whose port it is), or to something outside of the cluster. */
export interface TcpLeg {
  readonly protocol: "tcp";
  readonly id: number;
  readonly from: string;
  readonly address: string;
  readonly port: number;
  /** The listener of the other node is there, and answers. */
  readonly answers: boolean;
  readonly aim: { readonly to: string; readonly row: PortRequirement } | { readonly outside: Outside };
}

/**
 * Datagrams to try: to the port of `row`, or, where it is null, to one that was free; with `through`, to a free one at the far end of
 * that tunnel, which uses the port of `row`.
 */
export interface UdpLeg {
  readonly protocol: "udp";
  readonly id: number;
  readonly from: string;
  readonly to: string;
  readonly address: string;
  readonly port: number;
  readonly row: PortRequirement | null;
  readonly through: string | null;
  /** The largest payload that fits the sending interface unfragmented; 0 when that interface is not known. */
  readonly bytes: number;
}

export type Leg = TcpLeg | UdpLeg;

/** Something nodes reach over TCP that is no node of the cluster. */
export interface Outside {
  readonly check: "between/tcp" | "between/sources";
  /** "registry", "mirror", "endpoint". */
  readonly role: string;
  readonly host: string;
  readonly port: number;
}

/** What one node told before the others were asked. */
export interface Member {
  readonly survey: Survey;
  /** null: nothing was to be listened on. A string says why it does not listen. */
  readonly listening: Listening | string | null;
}

/** The mirror only where nodes fetch from it themselves, the registry wherever there is one, and a load balancer of the inventory's own. */
export function outsides(cluster: ClusterSpec): readonly Outside[] {
  const { artifacts, endpoint } = cluster;
  const of = (role: string, text: string): Outside => {
    const url = new URL(text);
    const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
    return { check: "between/sources", role, host: url.hostname, port };
  };
  return [
    ...(endpoint.kind === "external"
      ? [{ check: "between/tcp", role: "endpoint", host: endpoint.host, port: endpoint.port } as const]
      : []),
    ...(artifacts.from === "mirror" && artifacts.delivery === "node" ? [of("mirror", artifacts.url)] : []),
    ...(artifacts.from === "mirror" && artifacts.registry !== null ? [of("registry", artifacts.registry)] : []),
  ];
}

/** Names that nodes have to resolve first. */
export const namesOf = (cluster: ClusterSpec): readonly string[] => [
  ...new Set(outsides(cluster).flatMap(({ host }) => (parseAddress(host) === null ? [host] : []))),
];

/** Ports that this node is to listen on, as listenPerl takes them; none where it has nobody to talk to. */
export function portsToOpen(cluster: ClusterSpec, nodes: readonly NodeSpec[], node: NodeSpec): readonly string[] {
  const others = nodes.filter((one) => one !== node);
  const opened = (protocol: "tcp" | "udp"): readonly string[] =>
    portsOf(cluster, protocol)
      .filter((row) => row.to(node) && others.some(row.from))
      .map(({ port }) => `${protocol}/${port}`);
  return others.length === 0 ? [] : [...opened("tcp"), ...opened("udp"), "udp/0"];
}

/** Addresses of the nodes that this one sends to. */
export const peersOf = (nodes: readonly NodeSpec[], from: number): readonly string[] =>
  nodes.filter((_, to) => talk(nodes, from, to)).map(({ address }) => address);

/**
 * Everything to try, both directions of every pair that talks, numbered from 0. A port that is taken is tried by connecting; a UDP port
 * that is taken is tried through the tunnel of the kernel that has it on both sides, or not at all.
 */
export function legsOf(cluster: ClusterSpec, nodes: readonly NodeSpec[], members: ReadonlyMap<string, Member>): readonly Leg[] {
  const pairs = nodes.flatMap((from, a) => nodes.flatMap((to, b) => (talk(nodes, a, b) ? [{ from, to }] : [])));
  const inside = pairs.flatMap(({ from, to }): readonly Leg[] => {
    const [sender, receiver] = [members.get(from.name), members.get(to.name)?.listening];
    if (sender === undefined || receiver === undefined || receiver === null || typeof receiver === "string") return [];
    const common = { id: 0, from: from.name, address: to.address };
    const tcp = portsOf(cluster, "tcp").flatMap((row): readonly TcpLeg[] => {
      const opened = receiver.ports.get(`tcp/${row.port}`);
      if (!row.from(from) || !row.to(to) || opened === undefined || (opened !== "taken" && "errno" in opened)) return [];
      return [{ ...common, protocol: "tcp", port: row.port, answers: opened !== "taken", aim: { to: to.name, row } }];
    });
    const mtu = wayTo(sender.survey, to.address)?.mtu;
    const bytes = mtu === undefined ? 0 : Math.max(0, Math.min(mtu - udpHeaders, 65_507));
    const udp = [...portsOf(cluster, "udp"), null].flatMap((row): readonly UdpLeg[] => {
      const leg = { ...common, protocol: "udp", to: to.name, row } as const;
      const opened = receiver.ports.get(`udp/${row?.port ?? 0}`);
      const tunnel = opened === "taken" && row !== null ? tunnelBetween(members, from.name, to.name, row.port) : null;
      const free = receiver.ports.get("udp/0");
      if (tunnel !== null && typeof free === "object" && "port" in free)
        return [{ ...leg, address: tunnel.address, port: free.port, through: tunnel.device, bytes: 0 }];
      if (opened === undefined || opened === "taken" || "errno" in opened) return [];
      return [{ ...leg, port: opened.port, through: null, bytes }];
    });
    return [...tcp, ...udp];
  });
  const outside = nodes.flatMap(({ name: from }) =>
    outsides(cluster).flatMap((one): readonly TcpLeg[] =>
      addressesFor(members.get(from), one).map((address) => ({
        protocol: "tcp",
        id: 0,
        from,
        address,
        port: one.port,
        answers: false,
        aim: { outside: one },
      })),
    ),
  );
  return [...inside, ...outside].map((leg, id) => ({ ...leg, id }));
}

/** The far end of the tunnel; null unless both have one. */
function tunnelBetween(members: ReadonlyMap<string, Member>, from: string, to: string, port: number) {
  const [near, far] = [members.get(from), members.get(to)];
  if (near === undefined || far === undefined || tunnelOf(near.survey, port) === null) return null;
  return tunnelOf(far.survey, port);
}

/** Where that node finds it; empty when it cannot resolve its name. */
export const addressesFor = (member: Member | undefined, { host }: Outside): readonly string[] =>
  member === undefined ? [] : parseAddress(host) !== null ? [host] : (member.survey.names.get(host) ?? []);

/** The stdin of that node's sender; null when it has nothing to ask. */
export function assignment(
  legs: readonly Leg[],
  words: { readonly nonce: string; readonly answer: string },
  from: string,
  me: number,
): string | null {
  const own = legs.filter((leg) => leg.from === from);
  if (own.length === 0) return null;
  const lines = own.map((leg) =>
    [leg.protocol, leg.id, leg.address, leg.port, leg.protocol === "udp" ? leg.bytes : leg.answers ? 1 : 0].join(" "),
  );
  return `${words.nonce} ${words.answer} ${me}\n${lines.join("\n")}\n`;
}
