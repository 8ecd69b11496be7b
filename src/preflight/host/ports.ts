import { hostFacts } from "../../facts/hostFacts.ts";
import { type Finding, no, seen, unknown } from "../../kernel/answer.ts";
import { networkParts } from "../../network/parts.ts";
import { check } from "../check.ts";
import { type Listener, listenersFact } from "./listeners.ts";
import { type Port, portsOf } from "./nodePorts.ts";

/** Names of this cluster's own processes, as the kernel cuts them. */
const ownProcesses = new Set([
  "kube-apiserver",
  "kube-controller",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "etcd",
  "haproxy",
  "containerd",
  ...networkParts.flatMap(({ programs }) => programs.map((name) => name.slice(0, 15))),
]);

/** A listener on every address stands in the way of all; one on another address does not of who listens on loopback alone. */
const inTheWay = (port: Port, listener: Listener): boolean =>
  listener.protocol === port.protocol &&
  listener.port === port.port &&
  (!port.loopback || ["0.0.0.0", "::", "127.0.0.1"].includes(listener.address));

/** Ports the node's own programs must listen on are free, or theirs already. */
export const ports = check({
  name: "host/ports",
  title: "ports",
  facts: ({ cluster, node }) => ({
    host: hostFacts,
    listeners: listenersFact(portsOf(cluster, node)),
  }),
  judge: ({ facts: { host, listeners }, cluster, node }): readonly Finding[] => {
    const wanted = portsOf(cluster, node);
    const ours = host.claimedBy === cluster.name;
    const findings = wanted.flatMap((port): readonly Finding[] => {
      const what = `${port.port}/${port.protocol}`;
      // A UDP socket that no process holds is the kernel's own, of a tunnel: other tunnels may share it.
      const taken = listeners.filter((one) => inTheWay(port, one) && !(one.protocol === "udp" && one.owners.length === 0));
      const foreign = taken.filter(({ owners }) => !(ours && owners.some(({ name }) => ownProcesses.has(name))));
      if (foreign.length === 0) return [];
      const [unseen] = foreign.filter(({ owners }) => owners.length === 0);
      if (ours && unseen !== undefined)
        return [{ what, answer: unknown(`something listens on ${unseen.address}:${port.port}, by whom could not be seen`) }];
      const by = foreign.map(({ owners, address }) => {
        const [owner] = owners;
        return `${owner === undefined ? "a process that could not be seen" : `${owner.name} (process ${owner.pid})`} on ${address}`;
      });
      const names = [...new Set(foreign.flatMap(({ owners }) => owners.map(({ name }) => name)))];
      const stop = names.length === 0 ? "stop what listens there" : `stop ${names.join(", ")}, or let it listen elsewhere`;
      const why = `port ${what}, for ${port.use}, is in use`;
      return [{ what, answer: no(why, port.setting === null ? stop : `${stop}, or change ${port.setting}`, by.join("; ")) }];
    });
    const fine = `${wanted.map((port) => `${port.port}/${port.protocol}`).join(", ")} free or this cluster's`;
    return findings.length > 0 ? findings : [{ what: "ports", answer: seen(fine) }];
  },
});
