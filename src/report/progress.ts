import type { Diagnostic } from "../model/diagnostic.ts";
import { count } from "../plan/renderText.ts";
import type { RunEvent } from "../run/event.ts";
import { duration } from "./duration.ts";
import { Turns } from "./turns.ts";

export interface NodeProgress {
  /** Node name, or null: the cluster's own steps. */
  readonly node: string | null;
  total: number;
  ended: number;
  changed: number;
  notRun: number;
  readonly failed: string[];
  /** Running steps and what each does or waits for, as last told; the newest last. */
  readonly running: Map<string, string>;
  /** Milliseconds since the epoch; null: no step has started. */
  started: number | null;
  last: number;
}

/** What events add up to. Knows no screen and no clock: time is what the events say. */
export class Progress {
  readonly nodes = new Map<string | null, NodeProgress>();
  readonly diagnostics: Diagnostic[] = [];
  verb = "";
  cluster = "";
  /** Where each node of an upgrade is; null: another verb. */
  turns: Turns | null = null;
  /** Steps of an upgrade that were told ahead and have not begun, by name and node. */
  readonly #expected = new Map<string, number>();
  ended: Extract<RunEvent, { type: "run-ended" }> | null = null;

  add(event: RunEvent): void {
    if (event.type === "run-started" && event.upgrade !== undefined) this.turns ??= new Turns();
    this.turns?.add(event);
    if (event.type === "note") return;
    if (event.type === "run-ended") {
      this.ended = event;
      return;
    }
    if (event.type === "run-started") {
      this.verb = event.verb;
      this.cluster = event.cluster;
      for (const { id, node } of event.steps) {
        this.of(node).total++;
        this.#expected.set(id, (this.#expected.get(id) ?? 0) + 1);
      }
      return;
    }
    const node = this.of(event.node);
    if (this.turns !== null && event.type === "step-started") this.#countUnexpected(event.step, node);
    node.last = Date.parse(event.at);
    switch (event.type) {
      case "step-started":
        node.started ??= node.last;
        node.running.set(event.step, "");
        return;
      case "action":
        this.#tell(node, event.step, event.summary);
        return;
      case "waiting":
        this.#tell(node, event.step, `${event.summary}: ${event.reason}`);
        return;
      case "step-ended":
        node.running.delete(event.step);
        node.ended++;
        if (event.outcome === "changed") node.changed++;
        if (event.outcome === "not-run") node.notRun++;
        if (event.outcome === "failed") node.failed.push(event.step);
        this.diagnostics.push(...(event.diagnostics ?? []));
    }
  }

  of(name: string | null): NodeProgress {
    const known = this.nodes.get(name);
    if (known !== undefined) return known;
    const node = {
      node: name,
      total: 0,
      ended: 0,
      changed: 0,
      notRun: 0,
      failed: [],
      running: new Map(),
      started: null,
      last: 0,
    };
    this.nodes.set(name, node);
    return node;
  }

  sum(key: "total" | "ended" | "changed" | "notRun"): number {
    return [...this.nodes.values()].reduce((sum, node) => sum + node[key], 0);
  }

  /** "Done: 18 steps changed in 1m42s." and its unhappy sisters; of a run that never ended, that it was broken off. */
  summary(): string {
    const { ended } = this;
    const changed = `${count(this.sum("changed"), "step")} changed`;
    const failed = [...this.nodes.values()].reduce((sum, node) => sum + node.failed.length, 0);
    const left = `${count(Math.max(ended?.left.length ?? 0, this.sum("total") - this.sum("ended"), 0), "step")} not run`;
    if (ended === null) return `Broken off: ${changed}, ${left}.`;
    if (ended.outcome === "done") return `Done: ${changed} in ${duration(ended.seconds)}.`;
    if (ended.outcome === "failed") return `Failed after ${duration(ended.seconds)}: ${changed}, ${failed} failed, ${left}.`;
    return `Stopped after ${duration(ended.seconds)}: ${changed}, ${left}.`;
  }

  /** An upgrade finds on its way what could not be told ahead, such as a static pod that a later look sees. */
  #countUnexpected(step: string, node: NodeProgress): void {
    const id = node.node === null ? step : `${step}@${node.node}`;
    const expected = this.#expected.get(id) ?? 0;
    if (expected > 0) this.#expected.set(id, expected - 1);
    else node.total++;
  }

  #tell(node: NodeProgress, step: string, activity: string): void {
    node.running.delete(step);
    node.running.set(step, activity);
  }
}
