import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parse, stringify } from "yaml";
import { start } from "../cli.ts";
import { LabError } from "../LabError.ts";
import type { Lab } from "../lab.ts";
import type { NodeSpec } from "../naming.ts";
import { bridgeName, controllerAddress } from "../naming.ts";
import type { Inventory } from "../scenarios/scenario.ts";
import { sh } from "../shell.ts";

/** A lab, the command line against it, and a folder in which everything that is written stays. */
export class Stage {
  readonly lab: Lab;
  readonly folder: string;
  readonly #stop: AbortSignal;
  readonly #edit: (inventory: Inventory) => void;

  /** `edit` makes the lab's inventory what is wanted, besides the version. */
  constructor(lab: Lab, stop: AbortSignal, edit: (inventory: Inventory) => void = () => {}) {
    this.lab = lab;
    this.#edit = edit;
    this.folder = mkdtempSync(join(tmpdir(), `provision-${lab.name}-`));
    this.#stop = stop;
  }

  get planes(): readonly NodeSpec[] {
    return this.lab.nodes.filter(({ role }) => role === "control-plane");
  }
  get workers(): readonly NodeSpec[] {
    return this.lab.nodes.filter(({ role }) => role === "worker");
  }
  /** The node that is asked for what the whole cluster knows. */
  get plane(): string {
    return this.planes[0]?.name ?? "cp-1";
  }

  /** cluster.yaml: the lab's, at this version. */
  writeInventory(kubernetes: string): void {
    const text = readFileSync(this.lab.inventoryPath, "utf8").replaceAll(`"~/`, `"${process.env.HOME}/`); // the home of the runs is another
    const inventory = parse(text) as Inventory;
    inventory.kubernetes = { ...(inventory.kubernetes as object), version: kubernetes };
    this.#edit(inventory);
    writeFileSync(join(this.folder, "cluster.yaml"), stringify(inventory));
  }

  /** Runs `provision` to its end, its lines told as they come and kept with their times in <folder>/<name>.log. */
  async provision(name: string, args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    this.say(`provision ${args.join(" ")}`);
    const home = join(this.folder, "home");
    mkdirSync(home, { recursive: true });
    const { PATH, HOME } = process.env;
    const env = {
      PATH,
      HOME: home,
      XDG_CACHE_HOME: join(HOME ?? "/", ".cache"),
      XDG_STATE_HOME: join(this.folder, "state"),
      PROVISION_INVENTORY: join(this.folder, "cluster.yaml"),
      NO_COLOR: "1",
    };
    const running = start(args, { cwd: this.folder, env });
    const end = () => running.process.kill("SIGTERM");
    this.#stop.addEventListener("abort", end);
    for (const stream of [running.process.stdout, running.process.stderr])
      if (stream !== null)
        createInterface({ input: stream }).on("line", (line) => {
          console.log(`    ${line}`);
          this.keep(`${name}.log`, `${new Date().toISOString()} ${line}\n`);
        });
    const { code, stdout, stderr } = await running.ended;
    this.#stop.removeEventListener("abort", end);
    this.throwIfStopped();
    return { code, output: `${stdout}${stderr}` };
  }

  async mustProvision(name: string, args: readonly string[]): Promise<string> {
    const { code, output } = await this.provision(name, args);
    if (code !== 0) throw new LabError(`provision ${args[0]} ended with ${code}, not 0`);
    return output;
  }

  /** A script on a node that must succeed; its output, trimmed. */
  async on(node: string, script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.lab.exec(node, script);
    if (exitCode === 0) return stdout.trim();
    throw new LabError(
      `${node}: ${script.trim().slice(0, 200)} (exit ${exitCode})\n  ${(stderr.trim() || stdout.trim()).slice(-800)}`,
    );
  }

  kubectl(args: string, stdin?: unknown): Promise<string> {
    const input = stdin === undefined ? "" : ` <<'MANIFEST'\n${JSON.stringify(stdin)}\nMANIFEST`;
    return this.on(this.plane, `export KUBECONFIG=/etc/kubernetes/admin.conf; kubectl ${args}${input}`);
  }

  /** Refuses unless every node's address leads to this lab's bridge: from here on requests go to them all the time. */
  async checkRoutes(): Promise<void> {
    const bridge = bridgeName(this.lab.identity);
    for (const { name, address } of this.lab.nodes) {
      const { stdout } = await sh`ip route get ${address}`;
      if (!stdout.includes(` dev ${bridge} `) || !stdout.includes(` src ${controllerAddress(this.lab.identity)} `))
        throw new LabError(`the way to ${name} is not over ${bridge}: ${stdout.trim()}`);
    }
  }

  throwIfStopped(): void {
    if (this.#stop.aborted) throw new LabError("interrupted", 130);
  }

  keep(file: string, text: string): void {
    appendFileSync(join(this.folder, file), text);
  }

  /** A result: shown, and kept in <folder>/result.txt. */
  tell(text: string): void {
    console.log(`\n${text}\n`);
    this.keep("result.txt", `${text}\n\n`);
  }

  say(text: string): void {
    console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
  }
}
