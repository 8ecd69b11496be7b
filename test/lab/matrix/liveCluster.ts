import { expect } from "vitest";
import { type Inventory, Scenario } from "../scenarios/scenario.ts";
import { failed, requests, since } from "../upgrade/clientScript.ts";
import { Stage } from "../upgrade/stage.ts";
import { atLeast, startTraffic, type Traffic } from "../upgrade/traffic.ts";
import { heard } from "../upgradeFaults/heard.ts";

/** A cluster of one control plane and two workers whose network changes while requests are sent to it. */
export class LiveCluster {
  readonly it: Scenario;
  readonly #stage: Stage;
  readonly #traffic: Traffic;

  private constructor(it: Scenario, stage: Stage, traffic: Traffic) {
    this.it = it;
    this.#stage = stage;
    this.#traffic = traffic;
  }

  /** `networks`: what the lab serves beside flannel; `edit`: the inventory the cluster begins with. */
  static async open(name: string, networks: readonly string[], edit: (inventory: Inventory) => void): Promise<LiveCluster> {
    const it = await Scenario.open(name, { controlPlanes: 1, workers: 2 }, undefined, networks);
    it.inventory(edit);
    await it.expectRun(0, ["up", "--yes"]);
    const stage = new Stage(it.lab, new AbortController().signal);
    return new LiveCluster(it, stage, await startTraffic(stage));
  }

  /**
   * Runs `up` with another inventory to the end with this code; none of the requests meanwhile may fail. `once`: what is done when the run
   * has said this. Its outputs, in one line.
   */
  async change(
    what: string,
    edit: (inventory: Inventory) => void,
    code = 0,
    once?: { readonly said: RegExp; readonly act: () => Promise<unknown> },
  ): Promise<string> {
    const before = await this.#traffic.tallies();
    this.it.inventory(edit);
    const run = this.it.start(["up", "--yes"]);
    if (once !== undefined) await heard(run, once.said).then(once.act);
    const { code: ended, stdout, stderr } = await run.ended;
    expect(ended, `${stdout}\n${stderr}`).toBe(code);
    await atLeast(this.#stage, this.#traffic, before, 1000);
    const seen = since(before, await this.#traffic.tallies());
    console.log(`${what}: ${failed(seen)} failed requests of ${requests(seen)}`);
    expect(seen.flatMap(({ client, failures }) => failures.map((one) => `${client} ${one}`))).toEqual([]);
    if (code === 0) expect((await this.it.expectRun(0, ["up", "--yes"])).stdout).toContain("Nothing to do");
    return `${stdout} ${stderr}`.replaceAll(/\s+/g, " ");
  }

  async close(): Promise<void> {
    await this.#traffic.stop();
    await this.it.close();
  }
}
