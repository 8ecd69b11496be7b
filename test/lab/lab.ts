import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildEverything, once, withCacheLock } from "./buildEverything.ts";
import { cachePath, writeAtomically } from "./cache.ts";
import { inventoryYaml } from "./inventory.ts";
import { LabError } from "./LabError.ts";
import {
  claimIdentity,
  findIdentity,
  type LabState,
  labFolder,
  labNames,
  readState,
  releaseIdentity,
  writeState,
} from "./labState.ts";
import { assertNothingLeft } from "./leftovers.ts";
import { withLock } from "./lock.ts";
import { unmountBelow } from "./mounts.ts";
import {
  checkLabName,
  DEFAULT_LAB,
  type LabIdentity,
  mirrorUrl,
  type NodeRole,
  type NodeSpec,
  nodeSpec,
  registryUrl,
  type Topology,
  topologyNodes,
} from "./naming.ts";
import { ensureBridge, removeBridge } from "./network.ts";
import { cutPower, destroyNode, hasDisk, hostKey, isRunning, type NodeHome, sshAnswers, startNode, waitForSsh } from "./node.ts";
import { Progress } from "./progress.ts";
import { ensureRootfs, type Rootfs } from "./rootfs.ts";
import { startServers, stopServers } from "./servers.ts";
import { sh } from "./shell.ts";
import { officialReachable, raiseInotifyLimit, removeNamespaceMount, restoreInotifyLimit } from "./system.ts";

export interface UpOptions {
  /** Absent: as the lab is, or one control plane and two workers. */
  readonly topology?: Topology;
  /** Absent: as the lab is, or 1.36.4. The first is the inventory's. */
  readonly kubernetes?: readonly string[];
  readonly artifacts?: "auto" | "mirror" | "official";
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const DEFAULT_KUBERNETES = "1.36.4";

/** A lab by its name: machines, their network, a mirror and a registry. Nothing is remembered here; every answer is looked up. */
export class Lab {
  readonly name: string;
  readonly folder: string;
  readonly #progress: Progress;

  private constructor(name: string, progress: Progress) {
    this.name = checkLabName(name);
    this.folder = labFolder(name);
    this.#progress = progress;
  }

  static open(name: string = DEFAULT_LAB, progress: Progress = new Progress()): Lab {
    return new Lab(name, progress);
  }

  /** Throws where the lab is not up. */
  get identity(): LabIdentity {
    const identity = findIdentity(this.name);
    if (identity === null) throw new LabError(`lab ${this.name} is not up`);
    return identity;
  }
  get exists(): boolean {
    return findIdentity(this.name) !== null;
  }
  get state(): LabState {
    const state = readState(this.name);
    if (state === null) throw new LabError(`lab ${this.name} is not up`);
    return state;
  }
  get nodes(): readonly NodeSpec[] {
    return this.state.nodes;
  }
  get inventoryPath(): string {
    return join(this.folder, "cluster.yaml");
  }
  get knownHostsPath(): string {
    return join(this.folder, "known_hosts");
  }
  get keyPath(): string {
    return cachePath("id_ed25519");
  }
  get mirrorUrl(): string {
    return mirrorUrl(this.identity);
  }
  get registryUrl(): string {
    return registryUrl(this.identity);
  }

  /** Builds what is missing, boots what is not running, removes nodes that are not asked for. Run again, it converges. */
  up(options: UpOptions = {}): Promise<void> {
    return this.#locked("lab up", async () => {
      const before = readState(this.name);
      const identity = claimIdentity(this.name);
      const wanted = options.topology ?? (before === null ? { controlPlanes: 1, workers: 2 } : undefined);
      const official = options.artifacts === "official" || (options.artifacts !== "mirror" && (await officialReachable()));
      const state: LabState = {
        nodes: wanted === undefined ? (before?.nodes ?? []) : topologyNodes(identity, wanted),
        kubernetes: options.kubernetes ?? before?.kubernetes ?? [DEFAULT_KUBERNETES],
        artifacts: official ? "official" : "mirror",
      };
      const dropped = (before?.nodes ?? []).filter((old) => !state.nodes.some((node) => node.name === old.name));
      for (const node of dropped) await destroyNode(this.#home(node));
      writeState(this.name, state);
      await withCacheLock("lab up", this.#progress, async () => {
        const rootfs = once(() =>
          this.#progress.task("root file system", () => ensureRootfs((text) => this.#progress.say(text)), true),
        );
        const serve = async () => {
          if (official) return;
          const { registryProgram } = await buildEverything(state.kubernetes, this.#progress, rootfs);
          await ensureBridge(identity);
          await this.#progress.task("mirror and registry", () => startServers(identity, this.folder, registryProgram), true);
        };
        const outcomes = await Promise.allSettled([serve(), rootfs().then((made) => this.#bootAll(state.nodes, made))]);
        for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
      });
      this.#describe(state);
    });
  }

  /** Everything of the lab ends and goes; throws with the list of what would not. */
  down(): Promise<void> {
    return this.#locked("lab down", async () => {
      const identity = findIdentity(this.name);
      if (identity === null) return;
      await stopServers(this.folder);
      await Promise.all((readState(this.name)?.nodes ?? []).map((node) => destroyNode(this.#home(node))));
      await removeBridge(identity);
      await unmountBelow(this.folder);
      rmSync(this.folder, { recursive: true, force: true });
      await assertNothingLeft(identity, this.folder);
      releaseIdentity(identity);
      if (labNames().length > 0) return;
      await restoreInotifyLimit();
      await removeNamespaceMount();
    });
  }

  /** A new machine: new disk, new host key. `index` makes its address: .1x for control planes, .2x for workers. */
  async addNode(name: string, role: NodeRole, index: number): Promise<NodeSpec> {
    const spec = nodeSpec(this.identity, role, index, name);
    const clash = this.nodes.find((node) => node.name === name || node.address === spec.address);
    if (clash !== undefined) throw new LabError(`lab ${this.name} has ${clash.name} at ${clash.address} already`);
    writeState(this.name, { ...this.state, nodes: [...this.nodes, spec] });
    await this.#bootAll([spec], await ensureRootfs((text) => this.#progress.say(text)));
    this.#describe(this.state);
    return spec;
  }

  async removeNode(name: string): Promise<void> {
    await destroyNode(this.#home(this.node(name)));
    writeState(this.name, { ...this.state, nodes: this.nodes.filter((node) => node.name !== name) });
    this.#describe(this.state);
  }

  /** As if the plug were pulled: nothing is told to end, the disk stays. */
  async powerOff(name: string): Promise<void> {
    await cutPower(this.#home(this.node(name)));
  }

  async powerOn(name: string): Promise<void> {
    await this.#boot(this.#home(this.node(name)), null);
  }

  node(name: string): NodeSpec {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined)
      throw new LabError(`lab ${this.name} has no node ${name}; it has ${this.nodes.map((n) => n.name).join(", ")}`);
    return found;
  }

  /** Runs a bash script on a node over SSH; its exit code is an answer, not an error (255: no connection). */
  async exec(name: string, script: string, user: "root" | "ops" | "pat" = "root"): Promise<ExecResult> {
    const options = [
      "-o",
      "BatchMode=yes",
      "-o",
      "IdentitiesOnly=yes",
      "-o",
      "StrictHostKeyChecking=yes",
      "-o",
      "ConnectTimeout=5",
      "-F",
      "none",
    ];
    const hosts = `UserKnownHostsFile=${this.knownHostsPath}`;
    const target = `${user}@${this.node(name).address}`;
    const ran = await sh({ input: script })`ssh -i ${this.keyPath} ${options} -o ${hosts} ${target} bash -s`.nothrow();
    return { exitCode: ran.exitCode ?? 255, stdout: ran.stdout, stderr: ran.stderr };
  }

  /** What each node is doing: "off", "booting: …" or "up". */
  async nodeStates(): Promise<readonly { readonly spec: NodeSpec; readonly state: string }[]> {
    const look = async (spec: NodeSpec) => {
      if (!isRunning(this.#home(spec))) return { spec, state: "off" };
      const reason = await sshAnswers(spec.address);
      return { spec, state: reason === null ? "up" : `booting: ${reason}` };
    };
    return Promise.all(this.nodes.map(look));
  }

  #home(spec: NodeSpec): NodeHome {
    return { lab: this.identity, spec, folder: join(this.folder, "nodes", spec.name), clientKey: this.keyPath };
  }

  async #bootAll(nodes: readonly NodeSpec[], rootfs: Rootfs): Promise<void> {
    if (!existsSync(this.keyPath)) await sh`ssh-keygen -q -t ed25519 -N "" -C lab -f ${this.keyPath}`;
    await raiseInotifyLimit();
    await ensureBridge(this.identity);
    const boot = () => Promise.all(nodes.map((node) => this.#boot(this.#home(node), rootfs.folder)));
    await this.#progress.task(`${nodes.length} nodes`, boot, true);
  }

  async #boot(home: NodeHome, rootfs: string | null): Promise<void> {
    if (rootfs === null && !hasDisk(home)) throw new LabError(`${home.spec.name} has no disk to start from`);
    await startNode(home, rootfs ?? "");
    await waitForSsh(home);
    this.#writeKnownHosts();
    await this.exec(home.spec.name, "systemctl is-system-running --wait");
  }

  #writeKnownHosts(): void {
    const homes = this.nodes.map((node) => this.#home(node)).filter(hasDisk);
    writeAtomically(this.knownHostsPath, homes.map((home) => `${home.spec.address} ${hostKey(home)}\n`).join(""));
  }

  #describe(state: LabState): void {
    const kubernetes = state.kubernetes[0] ?? DEFAULT_KUBERNETES;
    const { identity: lab, keyPath: identityFile, knownHostsPath: knownHosts } = this;
    writeAtomically(
      this.inventoryPath,
      inventoryYaml({ lab, kubernetes, nodes: state.nodes, artifacts: state.artifacts, identityFile, knownHosts }),
    );
  }

  #locked<T>(what: string, run: () => Promise<T>): Promise<T> {
    mkdirSync(cachePath("labs"), { recursive: true });
    return withLock(cachePath("labs", `${this.name}.lock`), { what: `${what} --name ${this.name}`, wait: null }, run);
  }
}
