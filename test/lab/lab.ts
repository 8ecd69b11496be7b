import { mkdirSync } from "node:fs";
import { bringUp, takeDown, type UpOptions } from "./bringUp.ts";
import { cachePath } from "./cache.ts";
import { LabError } from "./LabError.ts";
import { findIdentity, type LabState, labFolder, readState, writeState } from "./labState.ts";
import { leftovers } from "./leftovers.ts";
import { withLock } from "./lock.ts";
import {
  bootNode,
  bootNodes,
  clientKey,
  describeLab,
  type ExecResult,
  execOnNode,
  inventoryPath,
  knownHostsPath,
  type LabUser,
  nodeHome,
  nodeState,
  rebootNode,
} from "./machines.ts";
import {
  checkLabName,
  DEFAULT_LAB,
  type LabIdentity,
  mirrorUrl,
  type NodeRole,
  type NodeSpec,
  nodeSpec,
  registryUrl,
} from "./naming.ts";
import { cutPower, destroyNode } from "./node.ts";
import { Progress } from "./progress.ts";
import { ensureRootfs } from "./rootfs.ts";
import { type VmWish, wishedVm } from "./vm.ts";
import { ensureVmKernels } from "./vmKernel.ts";
import { withCache } from "./withCache.ts";

/** A lab by its name: machines, their network, a mirror and a registry. Nothing is remembered here; every answer is looked up. */
export class Lab {
  readonly name: string;
  readonly #progress: Progress;

  private constructor(name: string, progress: Progress) {
    this.name = checkLabName(name);
    this.#progress = progress;
  }

  static open(name: string = DEFAULT_LAB, progress: Progress = new Progress()): Lab {
    return new Lab(name, progress);
  }

  /** Up, half up or half down. */
  get exists(): boolean {
    return findIdentity(this.name) !== null;
  }
  /** Throws where the lab is not up, as do `state` and what derives from the two. */
  get identity(): LabIdentity {
    return findIdentity(this.name) ?? this.#absent();
  }
  get state(): LabState {
    return readState(this.name) ?? this.#absent();
  }
  get nodes(): readonly NodeSpec[] {
    return this.state.nodes;
  }
  /** Everything of the lab on disk; gone after `down`. */
  get folder(): string {
    return labFolder(this.name);
  }
  get inventoryPath(): string {
    return inventoryPath(this.name);
  }
  get knownHostsPath(): string {
    return knownHostsPath(this.name);
  }
  get keyPath(): string {
    return clientKey();
  }
  get mirrorUrl(): string {
    return mirrorUrl(this.identity);
  }
  get registryUrl(): string {
    return registryUrl(this.identity);
  }

  /** Run again, it converges. Refused while another process brings this lab up or down. */
  up(options: UpOptions = {}): Promise<void> {
    return this.#locked("lab up", () => bringUp(this.name, options, this.#progress));
  }

  /** Ends and removes all of it; throws with the list of what is left. */
  down(): Promise<void> {
    return this.#locked("lab down", () => takeDown(this.name));
  }

  /** What of the lab is on this machine, one line each. */
  leftovers(): Promise<readonly string[]> {
    return leftovers(this.identity, this.folder);
  }

  node(name: string): NodeSpec {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined)
      throw new LabError(`lab ${this.name} has no node ${name}; it has ${this.nodes.map((n) => n.name).join(", ")}`);
    return found;
  }

  /** A new machine: new disk, new host key. `index` makes its address: .11 on for control planes, .21 on for workers. */
  addNode(name: string, role: NodeRole, index: number): Promise<NodeSpec> {
    return this.#add(() => nodeSpec(this.identity, role, index, name));
  }

  /** A machine with a kernel of its own, on an emulated processor: slow, and real where a container cannot be (modules, a restart, cgroup v2). */
  addVm(wish: VmWish = {}): Promise<NodeSpec> {
    return this.#add(() => wishedVm(this.identity, this.nodes, wish));
  }

  #add(make: () => NodeSpec): Promise<NodeSpec> {
    return this.#locked("add node", async () => {
      const spec = make();
      const { name } = spec;
      const clash = this.nodes.find((node) => node.name === name || node.address === spec.address);
      if (clash !== undefined) throw new LabError(`lab ${this.name} has ${clash.name} at ${clash.address} already`);
      const rootfs = await withCache("add node", this.#progress, async (exclusive) => {
        const made = await ensureRootfs((text) => this.#progress.say(text), exclusive);
        await ensureVmKernels([spec], made, this.#progress, exclusive);
        return made;
      });
      writeState(this.name, { ...this.state, nodes: [...this.nodes, spec] });
      await bootNodes(this.identity, [spec], rootfs.folder);
      describeLab(this.identity);
      return spec;
    });
  }

  /** The machine and its disk are gone. */
  removeNode(name: string): Promise<void> {
    return this.#locked("remove node", async () => {
      await destroyNode(nodeHome(this.identity, this.node(name)));
      writeState(this.name, { ...this.state, nodes: this.nodes.filter((node) => node.name !== name) });
      describeLab(this.identity);
    });
  }

  /** As if the plug were pulled: nothing is told to end, the disk stays. */
  async powerOff(name: string): Promise<void> {
    await cutPower(nodeHome(this.identity, this.node(name)));
  }

  /** With the disk it had; ends when the node has booted. */
  async powerOn(name: string): Promise<void> {
    await bootNode(this.identity, this.node(name), null);
  }

  /** Told to restart as its owner would; ends when another boot than before answers. */
  async reboot(name: string): Promise<void> {
    await rebootNode(this.identity, this.node(name));
  }

  /** Runs a bash script on a node over SSH; its exit code is an answer, not an error (255: no connection). */
  exec(name: string, script: string, user: LabUser = "root"): Promise<ExecResult> {
    return execOnNode(this.identity, this.node(name), script, user);
  }

  /** "off", "booting: …" or "up". */
  nodeState(name: string): Promise<string> {
    return nodeState(this.identity, this.node(name));
  }

  #absent(): never {
    throw new LabError(`lab ${this.name} is not up`);
  }

  #locked<T>(what: string, run: () => Promise<T>): Promise<T> {
    mkdirSync(cachePath("labs"), { recursive: true });
    return withLock(cachePath("labs", `${this.name}.lock`), { what: `${what} --name ${this.name}`, wait: null }, run);
  }
}
