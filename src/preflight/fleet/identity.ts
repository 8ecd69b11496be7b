import { hostFacts } from "../../facts/hostFacts.ts";
import { type Answer, doubtful, type Finding, no } from "../../kernel/answer.ts";
import { type FleetCheck, fleetCheck } from "../check.ts";
import { type Identity, identityFact } from "./identityFact.ts";

/** For every node whose `value` another one has too: what `answer` says of it and the names of the others. A null is nobody's. */
export function shared<T>(
  nodes: ReadonlyMap<string, T>,
  value: (facts: T) => string | null,
  what: string,
  answer: (value: string, others: readonly string[]) => Answer,
): ReadonlyMap<string, readonly Finding[]> {
  const holders = new Map<string, string[]>();
  for (const [node, facts] of nodes) {
    const own = value(facts);
    if (own !== null) holders.set(own, [...(holders.get(own) ?? []), node]);
  }
  const told = new Map<string, readonly Finding[]>();
  for (const [own, names] of holders) {
    if (names.length < 2) continue;
    for (const name of names) {
      const others = names.filter((other) => other !== name);
      told.set(name, [{ what, answer: answer(own, others) }]);
    }
  }
  return told;
}

const listed = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(", ") : `${names.slice(0, 4).join(", ")} and ${names.length - 4} more`;

const identityCheck = (
  name: string,
  title: string,
  value: (identity: Identity) => string | null,
  answer: (value: string, others: readonly string[]) => Answer,
): FleetCheck =>
  fleetCheck({
    name,
    title,
    facts: ({ node }) => ({ identity: identityFact(node.address) }),
    judge: ({ nodes }) => shared(nodes, ({ identity }) => value(identity), title, answer),
  });

export const identityChecks: readonly FleetCheck[] = [
  // systemd makes the MAC address of flannel.1 out of it, and of bridges; leases of DHCP too.
  identityCheck(
    "fleet/machine-id",
    "machine-id",
    ({ machineId }) => machineId || null,
    (value, others) =>
      no(
        `the machine-id is also that of ${listed(others)}: a copied disk; interfaces of the network get the same MAC address`,
        "on all but one: rm /etc/machine-id /var/lib/dbus/machine-id; systemd-machine-id-setup; and restart the machine",
        value,
      ),
  ),
  // Containers of one host, and machines that hide it, all show the same one or none.
  identityCheck(
    "fleet/product-uuid",
    "product UUID",
    ({ productUuid, container }) => (container ? null : productUuid),
    (value, others) =>
      doubtful(
        `the hardware has the same product UUID as ${listed(others)}; Kubernetes expects one of its own for each node`,
        "give the virtual machine a new UUID where it is defined",
        value,
      ),
  ),
  identityCheck(
    "fleet/mac",
    "MAC address",
    ({ mac }) => mac?.address ?? null,
    (value, others) =>
      no(
        `the interface to the other nodes has the same MAC address as that of ${listed(others)}`,
        "give the virtual machine's interface a new address where it is defined",
        value,
      ),
  ),
  fleetCheck({
    name: "fleet/hostname",
    title: "unique hostname",
    facts: () => ({ host: hostFacts }),
    judge: ({ nodes }) => {
      const told = shared(
        nodes,
        ({ host }) => host.hostname || null,
        "unique hostname",
        (value, others) =>
          doubtful(`the machine calls itself as ${listed(others)} does`, "hostnamectl hostname NAME, as in the inventory", value),
      );
      // The one that has the name by right is not at fault.
      return new Map([...told].filter(([node]) => nodes.get(node)?.host.hostname !== node));
    },
  }),
];
