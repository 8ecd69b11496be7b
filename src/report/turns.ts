import type { RunEvent, UpgradeBegin } from "../run/event.ts";
import { type Phase, phaseOf } from "../upgrade/phase.ts";

/** How long a part of an upgrade took. "preparing": backup and staging; "finishing": what comes after the last turn. */
export interface Sample {
  readonly part: "preparing" | "static pods" | "turn of a control plane" | "turn of a worker" | "finishing";
  readonly seconds: number;
}

export interface NodeTurn {
  readonly node: string;
  /** Name of its group; null: its static pods alone are replaced, or nothing is known of it. */
  group: string | null;
  /** null: nothing is done on it now. */
  phase: Phase | null;
  state: "ahead" | "turn" | "done" | "failed";
  /** Milliseconds since the epoch: begin and end of its turn. */
  began: number | null;
  ended: number | null;
  /** Names of steps under way. */
  readonly running: Set<string>;
}

/** Where every node is in an upgrade, as the events say. A new hop begins anew; what parts took is kept. */
export class Turns {
  readonly nodes = new Map<string, NodeTurn>();
  readonly samples: Sample[] = [];
  begin: UpgradeBegin | null = null;
  /** Control planes whose static pods are new; when those of the one at work were begun on. */
  readonly replaced = new Set<string>();
  replacing: number | null = null;
  /** When the hop began, when its first station did, and when its last turn ended. */
  since = 0;
  #prepared = false;
  #lastTurn: number | null = null;

  add(event: RunEvent): void {
    const at = Date.parse(event.at);
    if (event.type === "run-started") this.#hop(event.upgrade ?? null, at);
    else if (event.type === "run-ended" && event.outcome === "done") this.#finished(at);
    else if (event.type === "step-started" && event.node !== null) this.#started(event.step, event.node, at);
    else if (event.type === "step-ended" && event.node !== null) this.#ended(event.step, event.node, event.outcome, at);
  }

  /** Nothing but backup and staging has been done so far. */
  get preparing(): boolean {
    return !this.#prepared;
  }

  of(node: string): NodeTurn {
    const known = this.nodes.get(node);
    if (known !== undefined) return known;
    const turn: NodeTurn = { node, group: null, phase: null, state: "ahead", began: null, ended: null, running: new Set() };
    this.nodes.set(node, turn);
    return turn;
  }

  #hop(begin: UpgradeBegin | null, at: number): void {
    if (this.begin !== null) this.#finished(at);
    this.begin = begin;
    this.since = at;
    this.nodes.clear();
    this.replaced.clear();
    this.replacing = null;
    this.#prepared = false;
    this.#lastTurn = null;
    for (const { name, nodes } of begin?.groups ?? []) for (const node of nodes) this.of(node).group = name;
    for (const node of begin?.controlPlanes ?? []) this.of(node);
  }

  #started(step: string, node: string, at: number): void {
    const turn = this.of(node);
    turn.running.add(step);
    const phase = phaseOf(step, turn.state !== "ahead");
    if (phase === null) return;
    turn.phase = phase;
    if (step.startsWith("turn/") && !this.#prepared) {
      this.#prepared = true;
      this.samples.push({ part: "preparing", seconds: (at - this.since) / 1000 });
    }
    if (step === "turn/etcd-before") this.replacing = at;
    else if (step.startsWith("turn/") && phase !== "replacing static pods" && turn.began === null) {
      turn.state = "turn";
      turn.began = at;
    }
  }

  #ended(step: string, node: string, outcome: string, at: number): void {
    const turn = this.of(node);
    turn.running.delete(step);
    if (outcome === "failed") turn.state = "failed";
    if (turn.running.size === 0 && turn.state !== "turn") turn.phase = null;
    if (outcome === "failed" || turn.state === "failed") return;
    if (step === "turn/etcd-before") turn.phase = "replacing static pods";
    if (step === "turn/etcd-after" && this.replacing !== null) {
      this.samples.push({ part: "static pods", seconds: (at - this.replacing) / 1000 });
      this.replaced.add(node);
      this.replacing = null;
    }
    if (step === "turn/uncordon" && turn.began !== null) {
      this.samples.push({ part: partOf(turn.group), seconds: (at - turn.began) / 1000 });
      Object.assign(turn, { state: "done", phase: null, ended: at });
      this.#lastTurn = at;
    }
  }

  #finished(at: number): void {
    if (this.#lastTurn !== null) this.samples.push({ part: "finishing", seconds: (at - this.#lastTurn) / 1000 });
    this.#lastTurn = null;
  }
}

export const partOf = (group: string | null): Sample["part"] =>
  group === "control planes" ? "turn of a control plane" : "turn of a worker";
