import type { Diagnostic } from "../model/diagnostic.ts";
import type { RunEvent, StepOutcome } from "../run/event.ts";

export interface StoryWait {
  readonly summary: string;
  /** The reason that held longest, as last told. */
  readonly reason: string;
  readonly seconds: number;
}

export interface StoryStep {
  readonly step: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** null: it never ended. */
  readonly seconds: number | null;
  readonly outcome: StepOutcome | null;
  readonly waits: readonly StoryWait[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface StoryNode {
  /** null: the cluster's own steps. */
  readonly node: string | null;
  /** In the order in which they began. */
  readonly steps: readonly StoryStep[];
  /** Seconds from its turn's begin until it was back in service; null: it had no turn that ended well. */
  readonly turnSeconds: number | null;
}

export interface RunStory {
  readonly run: string;
  /** "" when the run did not get so far as to say it. */
  readonly verb: string;
  readonly cluster: string;
  readonly by: { readonly user: string; readonly host: string; readonly pid: number } | null;
  /** Kubernetes versions of an upgrade, the first and the last. */
  readonly from: string | null;
  readonly to: string | null;
  readonly started: string | null;
  readonly ended: string | null;
  readonly seconds: number | null;
  /** null: the journal has no end. */
  readonly outcome: "done" | "failed" | "interrupted" | null;
  readonly nodes: readonly StoryNode[];
  readonly notes: readonly { readonly at: string; readonly message: string }[];
  readonly unread: number;
}

type OpenStep = { -readonly [key in keyof StoryStep]: StoryStep[key] };

/** What a journal's events add up to, for people and programs. Pure; any order and any gap in the events is fine. */
export function runStory(run: string, events: readonly RunEvent[], unread: number): RunStory {
  const begins = events.filter((event) => event.type === "run-started");
  const hops = begins.flatMap(({ upgrade }) => upgrade ?? []);
  const end = events.findLast((event) => event.type === "run-ended");
  const first = events[0]?.at ?? null;
  const last = events.at(-1)?.at ?? null;
  const names = [...new Set(events.flatMap((event) => ("step" in event ? [event.node] : [])))];
  return {
    run,
    verb: begins[0]?.verb ?? "",
    cluster: begins.at(-1)?.cluster ?? "",
    by: begins[0]?.by ?? null,
    from: hops[0]?.from ?? null,
    to: hops.at(-1)?.to ?? null,
    started: first,
    ended: end === undefined ? null : end.at,
    seconds: end?.seconds ?? (first === null || last === null ? null : (Date.parse(last) - Date.parse(first)) / 1000),
    outcome: end?.outcome ?? null,
    nodes: names
      .sort((a, b) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
      .map((node) => nodeStory(node, events.filter((event) => "step" in event && event.node === node) as readonly StepEvent[])),
    notes: events.flatMap((event) => (event.type === "note" ? [{ at: event.at, message: event.message }] : [])),
    unread,
  };
}

type StepEvent = Extract<RunEvent, { readonly step: string }>;

function nodeStory(node: string | null, events: readonly StepEvent[]): StoryNode {
  const steps: OpenStep[] = [];
  const open = new Map<string, { readonly told: OpenStep; readonly waits: Waits }>();
  for (const event of events) {
    if (event.type === "step-ended" && event.outcome === "not-run") continue;
    const known = open.get(event.step);
    const { told, waits } = known ?? { told: begun(event), waits: new Waits() };
    if (known === undefined) {
      steps.push(told);
      open.set(event.step, { told, waits });
    }
    const at = Date.parse(event.at);
    if (event.type === "waiting") waits.told(event.summary, event.reason, at);
    if (event.type !== "step-ended") continue;
    waits.end(at);
    Object.assign(told, {
      seconds: event.seconds,
      outcome: event.outcome,
      diagnostics: event.diagnostics ?? [],
      waits: waits.list(),
    });
    open.delete(event.step);
  }
  for (const { told, waits } of open.values()) told.waits = waits.list();
  return { node, steps, turnSeconds: turnSeconds(steps) };
}

const begun = ({ step, at }: StepEvent): OpenStep => ({ step, at, seconds: null, outcome: null, waits: [], diagnostics: [] });

function turnSeconds(steps: readonly StoryStep[]): number | null {
  const back = steps.findLast(({ step, outcome }) => step === "turn/uncordon" && outcome === "changed");
  const begin = steps.find(({ step }) => /^turn\/(hook-before|gate-in|ahead|drain|change)$/.test(step));
  if (back === undefined || begin === undefined) return null;
  return (Date.parse(back.at) - Date.parse(begin.at)) / 1000 + (back.seconds ?? 0);
}

/** How long each reason of each condition held: until the next one was told, or the step ended. */
class Waits {
  readonly #held = new Map<string, Map<string, number>>();
  readonly #last = new Map<string, { readonly reason: string; readonly at: number }>();

  told(summary: string, reason: string, at: number): void {
    this.#close(summary, at);
    this.#last.set(summary, { reason, at });
    this.#reasons(summary).set(reason, this.#reasons(summary).get(reason) ?? 0);
  }

  end(at: number): void {
    for (const summary of this.#last.keys()) this.#close(summary, at);
  }

  list(): readonly StoryWait[] {
    return [...this.#held].map(([summary, reasons]) => {
      const all = [...reasons].sort(([, a], [, b]) => b - a);
      const seconds = all.reduce((sum, [, held]) => sum + held, 0);
      return { summary, reason: all[0]?.[0] ?? "", seconds: Math.round(seconds * 10) / 10 };
    });
  }

  #close(summary: string, at: number): void {
    const last = this.#last.get(summary);
    if (last === undefined) return;
    const reasons = this.#reasons(summary);
    reasons.set(last.reason, (reasons.get(last.reason) ?? 0) + Math.max(0, at - last.at) / 1000);
    this.#last.delete(summary);
  }

  #reasons(summary: string): Map<string, number> {
    const known = this.#held.get(summary) ?? new Map<string, number>();
    this.#held.set(summary, known);
    return known;
  }
}
