import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildEverything, sharedRootfs } from "./buildEverything.ts";
import { parseNetworks } from "./builds/networks.ts";
import {
  claimIdentity,
  findIdentity,
  type LabState,
  labFolder,
  noLabLeft,
  readState,
  releaseIdentity,
  writeState,
} from "./labState.ts";
import { assertNothingLeft } from "./leftovers.ts";
import { bootNodes, describeLab, nodeHome } from "./machines.ts";
import { unmountBelow } from "./mounts.ts";
import { type Topology, topologyNodes } from "./naming.ts";
import { ensureBridge, removeBridge } from "./network.ts";
import { destroyNode } from "./node.ts";
import type { Progress } from "./progress.ts";
import { startServers, stopServers } from "./servers.ts";
import { ensurePackages, officialReachable, removeNamespaceMount, restoreInotifyLimit } from "./system.ts";
import { ensureVmKernels } from "./vmKernel.ts";
import { withCache } from "./withCache.ts";

export interface UpOptions {
  /** Absent: as the lab is, or one control plane and two workers. */
  readonly topology?: Topology;
  /** Absent: as the lab is, or 1.36.4. The first is the inventory's. */
  readonly kubernetes?: readonly string[];
  /** "calico", "cilium@1.18.5": what is served beside the flannel of every lab. Absent: as the lab is, or none. */
  readonly networks?: readonly string[];
  /** "auto" (the default): official releases where they can be reached, else own builds. */
  readonly artifacts?: "auto" | "mirror" | "official";
}

export const DEFAULT_KUBERNETES = "1.36.4";

/** Builds what is missing, boots what is not running, removes nodes that are not asked for. The lab's lock is the caller's. */
export async function bringUp(name: string, options: UpOptions, progress: Progress): Promise<void> {
  const before = readState(name);
  const lab = claimIdentity(name);
  const wanted = options.topology ?? (before === null ? { controlPlanes: 1, workers: 2 } : undefined);
  const chosen = options.artifacts ?? "auto";
  const official = chosen === "official" || (chosen === "auto" && (await officialReachable()));
  const state: LabState = {
    number: lab.number,
    nodes: wanted === undefined ? (before?.nodes ?? []) : topologyNodes(lab, wanted),
    kubernetes: options.kubernetes ?? before?.kubernetes ?? [DEFAULT_KUBERNETES],
    networks: options.networks === undefined ? (before?.networks ?? []) : parseNetworks(options.networks),
    artifacts: official ? "official" : "mirror",
  };
  const unwanted = (before?.nodes ?? []).filter((old) => !state.nodes.some((node) => node.name === old.name));
  await Promise.all(unwanted.map((node) => destroyNode(nodeHome(lab, node))));
  writeState(name, state);
  await withCache(`lab up --name ${name}`, progress, async (exclusive) => {
    await ensurePackages((text) => progress.say(text), exclusive);
    const rootfs = sharedRootfs(progress, exclusive);
    const serve = async () => {
      if (official) return;
      const registryProgram = await buildEverything(
        { kubernetes: state.kubernetes, networks: state.networks ?? [] },
        progress,
        rootfs,
        exclusive,
      );
      await ensureBridge(lab);
      await progress.task("mirror and registry", () => startServers(lab, labFolder(name), registryProgram), true);
    };
    const boot = async () => {
      const { folder, key } = await rootfs();
      await ensureVmKernels(state.nodes, { folder, key }, progress, exclusive);
      await progress.task(`${state.nodes.length} nodes`, () => bootNodes(lab, state.nodes, folder), true);
    };
    const outcomes = await Promise.allSettled([serve(), boot()]); // neither is left running behind the other's failure
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  });
  describeLab(lab);
}

/** Everything of the lab ends and goes; throws with the list of what would not. The lab's lock is the caller's. */
export async function takeDown(name: string): Promise<void> {
  const state = readState(name);
  const lab = findIdentity(name) ?? (state === null ? null : claimIdentity(name)); // the machine restarted meanwhile: the disks are left
  if (lab === null) return;
  const folder = labFolder(name);
  await stopServers(folder);
  const disks = existsSync(join(folder, "nodes")) ? readdirSync(join(folder, "nodes")) : [];
  const names = new Set([...disks, ...(state?.nodes ?? []).map((node) => node.name)]);
  await Promise.all([...names].map((node) => destroyNode(nodeHome(lab, { name: node, role: "worker", address: "" }))));
  await removeBridge(lab);
  await unmountBelow(folder);
  rmSync(folder, { recursive: true, force: true });
  await assertNothingLeft(lab, folder);
  releaseIdentity(lab);
  if (!noLabLeft()) return;
  await restoreInotifyLimit();
  await removeNamespaceMount();
}
