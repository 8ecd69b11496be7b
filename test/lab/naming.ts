import { LabError } from "./LabError.ts";

export type NodeRole = "control-plane" | "worker";

/** Its own kernel and its own memory, on an emulated processor: an order of magnitude slower than a node that shares the machine's kernel. */
export interface VmShape {
  /** A key of VM_KERNELS: "6.1". */
  readonly kernel: string;
  readonly memoryMb: number;
  readonly cpus: number;
}

export interface Topology {
  readonly controlPlanes: number;
  readonly workers: number;
  /** One worker for each shape, as a virtual machine. */
  readonly vms?: readonly VmShape[];
}

export interface NodeSpec {
  readonly name: string;
  readonly role: NodeRole;
  readonly address: string;
  /** Absent: a container that shares this machine's kernel. */
  readonly vm?: VmShape;
}

/** Which lab this is: its number makes every kernel object's name, so labs never meet. */
export interface LabIdentity {
  readonly name: string;
  /** 0 for the default lab "lab", 1..250 for the others. */
  readonly number: number;
}

export const DEFAULT_LAB = "lab";

export function checkLabName(name: string): string {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(name)) return name;
  throw new LabError(
    `"${name}" is no lab name: lower-case letters, digits and "-", starting with a letter, at most 31 characters`,
  );
}

export const bridgeName = (lab: LabIdentity): string => `labbr${lab.number}`;
export const subnet = (lab: LabIdentity): string => `10.77.${lab.number}.0/24`;
/** The controller's own leg: mirror and registry listen here, and nowhere else. */
export const controllerAddress = (lab: LabIdentity): string => `10.77.${lab.number}.254`;
/** An IPv4 address -> an interface address that stays over restarts, as a card's does: else neighbours talk to the old one for up to 30 s. */
export const hardwareAddress = (address: string): string =>
  ["02", "6c", ...address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"))].join(":");

export const mirrorUrl = (lab: LabIdentity): string => `http://${controllerAddress(lab)}:8080`;
export const registryUrl = (lab: LabIdentity): string => `http://${controllerAddress(lab)}:5000`;

/** Begins the name of every namespace, veth, cgroup and machine of the lab. */
export const objectPrefix = (lab: LabIdentity): string => `lab${lab.number}-`;

/** The node's network namespace, veth, cgroup and machine name. An interface name holds 15 characters (IFNAMSIZ less its NUL). */
export function objectName(lab: LabIdentity, node: string): string {
  const name = `${objectPrefix(lab)}${node}`;
  if (!/^[a-z][a-z0-9-]*$/.test(node) || name.length > 15)
    throw new LabError(`"${node}" is no node name for ${lab.name}: too long or odd`);
  return name;
}

/** index from 1. Control planes are .11 to .19, workers .21 to .250. */
export function nodeSpec(
  lab: LabIdentity,
  role: NodeRole,
  index: number,
  name = `${role === "worker" ? "w" : "cp"}-${index}`,
): NodeSpec {
  const most = role === "worker" ? 230 : 9;
  if (!Number.isInteger(index) || index < 1 || index > most)
    throw new LabError(`a lab has at most ${most} nodes of role ${role}`);
  objectName(lab, name);
  return { name, role, address: `10.77.${lab.number}.${(role === "worker" ? 20 : 10) + index}` };
}

/** index from 1. Virtual machines take their role's addresses from the other end: .250 downwards for workers, .19 for control planes. */
export function vmSpec(lab: LabIdentity, role: NodeRole, index: number, vm: VmShape, name: string = `vm-${index}`): NodeSpec {
  return { ...nodeSpec(lab, role, (role === "worker" ? 231 : 10) - index, name), vm };
}

export function topologyNodes(lab: LabIdentity, topology: Topology): readonly NodeSpec[] {
  const many = (role: NodeRole, count: number) => Array.from({ length: count }, (_, i) => nodeSpec(lab, role, i + 1));
  const vms = (topology.vms ?? []).map((vm, i) => vmSpec(lab, "worker", i + 1, vm));
  return [...many("control-plane", topology.controlPlanes), ...many("worker", topology.workers), ...vms];
}

/** "1.36.4,1.35.4" and repeats of the option -> the versions, in order, once each. */
export function parseVersions(values: readonly string[]): readonly string[] {
  const versions = values.flatMap((value) => value.split(",")).map((version) => version.trim().replace(/^v/, ""));
  const odd = versions.find((version) => !/^\d+\.\d+\.\d+$/.test(version));
  if (odd !== undefined) throw new LabError(`"${odd}" is no Kubernetes version; one looks like 1.36.4`);
  return [...new Set(versions)];
}
