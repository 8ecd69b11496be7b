import type { Diagnostic } from "../../model/diagnostic.ts";
import { pluginTypes } from "../../model/multus.ts";
import { error, type Rule, warning } from "./rule.ts";

/** Plug-ins that are in /opt/cni/bin on every node: containernetworking/plugins 1.9.1, and Multus' own. */
const known = new Set(
  (
    "bandwidth bridge dhcp dummy firewall host-device host-local ipvlan loopback macvlan portmap ptp sbr static tap tuning vlan vrf " +
    "passthru multus multus-shim"
  ).split(" "),
);

/** Definitions have names of their own, call plug-ins that are there, and never Multus itself. */
export const multus: Rule = ({ network }, places) => {
  const { multus } = network;
  if (multus === null) return [];
  const at = (index: number, ...path: readonly string[]) => places.value(["network", "multus", "attachments", index, ...path]);
  const found: Diagnostic[] = [];
  const seen = new Map<string, number>();
  for (const [index, one] of multus.attachments.entries()) {
    const name = `${one.namespace}/${one.name}`;
    const field = `network.multus.attachments[${index}]`;
    const first = seen.get(name);
    if (first !== undefined)
      found.push(
        error(
          "attachment-twice",
          at(index, "name"),
          `${field}: ${name} is already attachments[${first}]`,
          "give it another name",
        ),
      );
    seen.set(name, first ?? index);
    for (const type of pluginTypes(one)) {
      if (type === "multus" || type === "multus-shim")
        found.push(
          error(
            "attachment-plugin",
            at(index, "config"),
            `${field}.config: Multus would call itself without end`,
            "name the plug-in that makes the interface",
          ),
        );
      else if (!known.has(type))
        found.push(
          warning(
            "attachment-plugin",
            at(index, "config"),
            `${field}.config: ${type} is not one of the reference CNI plug-ins`,
            "put that plug-in into /opt/cni/bin of every node yourself: until then pods that ask for it do not start",
          ),
        );
    }
  }
  if (network.cni.name === "none" && multus.readinessIndicatorFile === null)
    found.push(
      warning(
        "multus-default-network",
        places.value(["network", "multus"]),
        "network.multus: with network.cni none Multus takes the first configuration it finds in /etc/cni/net.d for the default network",
        "set readinessIndicatorFile to the file your network writes when it is there",
      ),
    );
  return found;
};
