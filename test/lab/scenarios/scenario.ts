import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { parse, stringify } from "yaml";
import { DEFAULT_KUBERNETES } from "../bringUp.ts";
import { cachePath } from "../cache.ts";
import { type Ran, type Running, start } from "../cli.ts";
import { Lab } from "../lab.ts";
import type { Topology } from "../naming.ts";
import { Progress } from "../progress.ts";
import { type Proof, prove } from "../proof.ts";

/** For work on a scenario: its lab is taken as it stands, and left standing. */
const KEEP = process.env.PROVISION_LAB_KEEP === "1";

/** An inventory as a person would edit it: plain data. */
export interface Inventory {
  network: { kubeProxy: { mode: string } & Record<string, unknown> } & Record<string, unknown>;
  nodes: ({ name: string; address: string; roles: string[]; labels?: Record<string, string> } & Record<string, unknown>)[];
  ssh: Record<string, unknown>;
  [field: string]: unknown;
}

/** A lab of one's own, the command line against it, and a folder for everything the command line writes. */
export class Scenario {
  readonly lab: Lab;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  private constructor(lab: Lab, folder: string) {
    this.lab = lab;
    this.folder = folder;
    const { PATH, HOME } = process.env;
    const home = join(folder, "home");
    mkdirSync(home);
    // Artifacts are shared with other runs, all else is this scenario's: no agent, no home, no settings of whoever runs the tests.
    this.env = {
      PATH,
      HOME: home,
      XDG_CACHE_HOME: join(HOME ?? "/", ".cache"),
      XDG_STATE_HOME: join(folder, "state"),
      NO_COLOR: "1",
    };
  }

  /** `kubernetes`: versions to serve; the inventory names the first. `networks`: what to serve beside flannel. */
  static async open(
    name: string,
    topology: Topology,
    kubernetes?: readonly string[],
    networks?: readonly string[],
  ): Promise<Scenario> {
    const lab = Lab.open(name, new Progress());
    if (!KEEP) await lab.down();
    await lab.up({
      topology,
      artifacts: "mirror",
      ...(kubernetes === undefined ? {} : { kubernetes }),
      ...(networks === undefined ? {} : { networks }),
    });
    return new Scenario(lab, mkdtempSync(join(tmpdir(), `provision-${name}-`)));
  }

  /** The lab and everything it made are gone; throws with the list of what is left. */
  async close(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    if (!KEEP) await this.lab.down();
  }

  /** Writes the lab's inventory, edited, and answers its path. */
  inventory(edit: (inventory: Inventory) => void = () => {}, name = "cluster"): string {
    const inventory = parse(readFileSync(this.lab.inventoryPath, "utf8")) as Inventory;
    for (const key of ["identityFile", "knownHosts"])
      inventory.ssh[key] = String(inventory.ssh[key]).replace(/^~/, process.env.HOME ?? "~"); // the home of a scenario is another
    edit(inventory);
    const path = join(this.folder, `${name}.yaml`);
    writeFileSync(path, stringify(inventory));
    return path;
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    return start(args, {
      cwd: this.folder,
      env: { ...this.env, PROVISION_INVENTORY: join(this.folder, "cluster.yaml"), ...env },
    });
  }

  /** Runs the command line to its end. No output of it may hold a stack trace, whatever came of it. */
  async run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const ran = await this.start(args, env).ended;
    expect(`${ran.stdout}${ran.stderr}`).not.toMatch(/^\s+at .*:\d+:\d+\)?$|internal error/m);
    return ran;
  }

  /** Runs it and requires this exit code, with both outputs in the failure's message. */
  async expectRun(code: number, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const ran = await this.run(args, env);
    expect(ran.code, `provision ${args.join(" ")}\n${ran.stdout}\n${ran.stderr}`).toBe(code);
    return ran;
  }

  /** A script on a node that must succeed; its output, trimmed. */
  async on(node: string, script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.lab.exec(node, script);
    expect(exitCode, `${node}: ${script}\n${stdout}\n${stderr}`).toBe(0);
    return stdout.trim();
  }

  kubectl(args: string, node = "cp-1"): Promise<string> {
    return this.on(node, `export KUBECONFIG=/etc/kubernetes/admin.conf; kubectl ${args}`);
  }

  prove(inventory = join(this.folder, "cluster.yaml")): Promise<readonly Proof[]> {
    return prove(inventory, { cwd: this.folder, home: this.env.HOME ?? "/", env: this.env });
  }

  /** The workload answers from every node, and so does cluster DNS. */
  async expectProof(inventory?: string): Promise<void> {
    const proofs = await this.prove(inventory);
    expect(proofs.filter((proof) => !proof.ok)).toEqual([]);
    expect(new Set(proofs.map((proof) => proof.from)).size).toBeGreaterThan(this.lab.nodes.length - 1);
  }
}

/** The lab's own kubectl, for talking to the API from here. */
export const kubectlPath = cachePath("mirror", "kubernetes", DEFAULT_KUBERNETES, "kubectl");
