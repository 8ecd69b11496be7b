import { existsSync } from "node:fs";
import { bridgeName, controllerAddress, hardwareAddress, type LabIdentity, type NodeSpec, objectName, subnet } from "./naming.ts";
import { sh } from "./shell.ts";

const hasLink = (name: string): boolean => existsSync(`/sys/class/net/${name}`);
const hasNamespace = (name: string): boolean => existsSync(`/run/netns/${name}`);

/** The bridge with the controller's leg. Nothing that a node sends can leave this machine, and a dead lab address never takes the default route. */
export async function ensureBridge(lab: LabIdentity): Promise<void> {
  const bridge = bridgeName(lab);
  if (!hasLink(bridge)) await sh`ip link add ${bridge} address ${hardwareAddress(controllerAddress(lab))} type bridge`;
  await sh`ip addr replace ${`${controllerAddress(lab)}/24`} dev ${bridge}`;
  await sh`ip link set ${bridge} up`;
  await sh`sysctl -qw ${`net.ipv4.conf.${bridge}.forwarding=0`} ${`net.ipv6.conf.${bridge}.disable_ipv6=1`}`;
  await sh`ip route replace unreachable ${subnet(lab)} metric 9999`;
}

export async function removeBridge(lab: LabIdentity): Promise<void> {
  await sh`ip route del unreachable ${subnet(lab)} metric 9999`.nothrow();
  if (hasLink(bridgeName(lab))) await sh`ip link del ${bridgeName(lab)}`;
}

/** A namespace whose eth0 is plugged into the bridge; kubelet and kubeadm want a default route, the controller does not forward. */
export async function ensureNodeNetwork(lab: LabIdentity, node: NodeSpec): Promise<void> {
  const name = objectName(lab, node.name);
  if (hasNamespace(name) && hasLink(name)) return;
  await removeNodeNetwork(lab, node.name);
  await sh`ip netns add ${name}
    ip link add ${name} type veth peer name eth0 netns ${name} address ${hardwareAddress(node.address)}
    ip link set ${name} master ${bridgeName(lab)} up
    ip -n ${name} link set lo up
    ip -n ${name} addr add ${`${node.address}/24`} dev eth0
    ip -n ${name} link set eth0 up
    ip -n ${name} route add default via ${controllerAddress(lab)}`;
}

export async function removeNodeNetwork(lab: LabIdentity, node: string): Promise<void> {
  const name = objectName(lab, node);
  if (hasLink(name)) await sh`ip link del ${name}`.nothrow();
  if (hasNamespace(name)) await sh`ip netns del ${name}`;
}
