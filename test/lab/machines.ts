import { existsSync } from "node:fs";
import { join } from "node:path";
import { cachePath, writeAtomically } from "./cache.ts";
import { inventoryYaml } from "./inventory.ts";
import { LabError } from "./LabError.ts";
import { labFolder, readState } from "./labState.ts";
import type { LabIdentity, NodeSpec } from "./naming.ts";
import { ensureBridge } from "./network.ts";
import { bootDeadlineMs, hasDisk, hostKey, isRunning, type NodeHome, sshAnswers, startNode, waitForSsh } from "./node.ts";
import { sh } from "./shell.ts";
import { raiseInotifyLimit } from "./system.ts";
import { startVm } from "./vm.ts";
import { waitFor } from "./waitFor.ts";

export const clientKey = (): string => cachePath("id_ed25519");
export const knownHostsPath = (name: string): string => join(labFolder(name), "known_hosts");
export const inventoryPath = (name: string): string => join(labFolder(name), "cluster.yaml");

export const nodeHome = (lab: LabIdentity, spec: NodeSpec): NodeHome => ({
  lab,
  spec,
  folder: join(labFolder(lab.name), "nodes", spec.name),
  clientKey: clientKey(),
});

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type LabUser = "root" | "ops" | "pat";

/** Runs a bash script on a node over SSH; its exit code is an answer, not an error (255: no connection). */
export async function execOnNode(lab: LabIdentity, spec: NodeSpec, script: string, user: LabUser): Promise<ExecResult> {
  const options = [
    "BatchMode=yes",
    "IdentitiesOnly=yes",
    "StrictHostKeyChecking=yes",
    `ConnectTimeout=${spec.vm === undefined ? 5 : 30}`,
  ];
  const flags = [...options, `UserKnownHostsFile=${knownHostsPath(lab.name)}`].flatMap((option) => ["-o", option]);
  const running = sh({ stdio: "pipe" })`ssh -F none -i ${clientKey()} ${flags} ${`${user}@${spec.address}`} bash -s`.nothrow();
  running.stdin.on("error", () => {}); // a connection that ends before it has read the script tells so by its exit code
  running.stdin.end(script);
  const ran = await running;
  return { exitCode: ran.exitCode ?? 255, stdout: ran.stdout, stderr: ran.stderr };
}

/** With the disk it has, or (given a root file system) a new one; ends when the node's boot has. */
export async function bootNode(lab: LabIdentity, spec: NodeSpec, rootfs: string | null): Promise<void> {
  const home = nodeHome(lab, spec);
  if (rootfs === null && !hasDisk(home)) throw new LabError(`${spec.name} has no disk to start from`);
  await (spec.vm === undefined ? startNode : startVm)(home, rootfs ?? "");
  await waitForSsh(home);
  writeKnownHosts(lab);
  await execOnNode(lab, spec, "systemctl is-system-running --wait", "root");
}

/** Told to restart as its owner would; ends when another boot than before answers. */
export async function rebootNode(lab: LabIdentity, spec: NodeSpec): Promise<void> {
  const bootId = () => execOnNode(lab, spec, "cat /proc/sys/kernel/random/boot_id", "root");
  const before = await bootId();
  if (before.exitCode !== 0) throw new LabError(`${spec.name} cannot be told to restart: ${before.stderr.trim()}`);
  await execOnNode(lab, spec, "systemctl --no-block reboot", "root"); // the connection may end before the answer
  await waitFor(`${spec.name} after its restart`, { intervalMs: 250, deadlineMs: bootDeadlineMs(spec) }, async () => {
    const now = await bootId();
    if (now.exitCode !== 0) return now.stderr.trim() || "no connection";
    return now.stdout === before.stdout ? "it has not gone down" : null;
  });
  await execOnNode(lab, spec, "systemctl is-system-running --wait", "root");
}

export async function bootNodes(lab: LabIdentity, nodes: readonly NodeSpec[], rootfs: string): Promise<void> {
  if (!existsSync(clientKey())) await sh`ssh-keygen -q -t ed25519 -N "" -C lab -f ${clientKey()}`;
  await raiseInotifyLimit();
  await ensureBridge(lab);
  await Promise.all(nodes.map((node) => bootNode(lab, node, rootfs)));
}

/** The host keys of all nodes that have a disk, as ssh reads them. */
function writeKnownHosts(lab: LabIdentity): void {
  const homes = (readState(lab.name)?.nodes ?? []).map((node) => nodeHome(lab, node)).filter(hasDisk);
  writeAtomically(knownHostsPath(lab.name), homes.map((home) => `${home.spec.address} ${hostKey(home)}\n`).join(""));
}

/** known_hosts and cluster.yaml for the lab as its state says it is. */
export function describeLab(lab: LabIdentity): void {
  const state = readState(lab.name);
  const kubernetes = state?.kubernetes[0];
  if (state === null || kubernetes === undefined) throw new LabError(`lab ${lab.name} is not up`);
  writeKnownHosts(lab);
  const files = { identityFile: clientKey(), knownHosts: knownHostsPath(lab.name) };
  writeAtomically(
    inventoryPath(lab.name),
    inventoryYaml({ lab, kubernetes, nodes: state.nodes, artifacts: state.artifacts, ...files }),
  );
}

/** "off", "booting: …" or "up". */
export async function nodeState(lab: LabIdentity, spec: NodeSpec): Promise<string> {
  if (!isRunning(nodeHome(lab, spec))) return "off";
  const reason = await sshAnswers(spec);
  return reason === null ? "up" : `booting: ${reason}`;
}
