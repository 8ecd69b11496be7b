import type { FileCache } from "../../../src/artifacts/fileCache.ts";
import { existsFact } from "../../../src/facts/files.ts";
import { sh } from "../../../src/host/sh.ts";
import { expand } from "../../../src/plan/expand.ts";
import type { PlannedStep } from "../../../src/plan/plan.ts";
import type { Action, Condition } from "../../../src/role/action.ts";
import { type Dependency, nodeStep, type Step, type Target } from "../../../src/role/step.ts";
import { blocked, ok } from "../../../src/role/verdict.ts";
import type { EventBody } from "../../../src/run/event.ts";
import { walk } from "../../../src/run/walk.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { allPlanned, FakeHost, looks, worldOf } from "./machines.ts";

const cluster = sampleCluster({ workers: 2 });

interface Made {
  readonly after?: readonly Dependency[];
  readonly actions?: readonly Action[];
  readonly verify?: readonly Condition[];
  readonly blocks?: string;
}

/** A step that is ok when its mark is there; unless said, its one action makes the mark. */
export const step = (id: string, { after = [], actions, verify, blocks }: Made = {}): Step =>
  nodeStep({
    id,
    summary: id,
    after,
    when: (node) => node.name !== "cp-1",
    facts: () => ({ marks: existsFact([id]) }),
    check: ({ facts: { marks } }) => {
      if (blocks !== undefined) return blocked({ code: "test/blocked", message: blocks });
      return marks.has(id) ? ok : { status: "change", changes: [{ what: "file", action: "create", target: id }] };
    },
    apply: () => actions ?? [{ kind: "run", summary: `make ${id}`, script: sh`make ${id}` }],
    ...(verify === undefined ? {} : { verify: () => verify }),
  });

/** Machines w-1 and w-2 on which `make <id>` makes a mark. `marks` and `onMake` are by "<id>@<node>"; the plan finds the steps of `done` ok. */
export function scene(
  steps: readonly Step[],
  onMake: (what: string) => Promise<number> | number = () => 0,
  done: readonly string[] = [],
) {
  const instances = expand(cluster, steps);
  const marks = new Set(instances.flatMap(({ id, step }) => (done.includes(step.id) ? [id] : [])));
  const planned = allPlanned(instances).map((one): PlannedStep => (marks.has(one.id) ? { ...one, verdict: ok } : one));
  const hosts = ["w-1", "w-2"].map(
    (name) =>
      new FakeHost(name, [
        looks(
          steps.map((one) => existsFact([one.id])),
          (key) => {
            const id = key.replace("exists ", "");
            return { code: 0, stdout: marks.has(`${id}@${name}`) ? `${id}\n` : "" };
          },
        ),
        {
          when: /make '/,
          reply: async (script) => {
            const what = `${/make '([^']+)'/.exec(script)?.[1]}@${name}`;
            const code = await onMake(what);
            if (code === 0) marks.add(what);
            return { code, stderr: code === 0 ? "" : "disk full\n" };
          },
        },
        { when: /probe/, reply: { code: 1, stdout: "not yet" } },
        { when: /why/, reply: { stdout: "because of the moon" } },
      ]),
  );
  const events: EventBody[] = [];
  const go = (stop?: AbortSignal) =>
    walk(instances, planned, {
      world: worldOf(cluster, hosts),
      target: { cluster } as unknown as Target,
      cache: undefined as unknown as FileCache,
      emit: (event) => events.push(event),
      ...(stop === undefined ? {} : { stop }),
    });
  const made = (): readonly string[] =>
    hosts.flatMap((host) =>
      host.ran.flatMap(({ script }) => (/^\n?make '/.test(script) ? [`${/make '([^']+)'/.exec(script)?.[1]}@${host.name}`] : [])),
    );
  return { go, marks, events, made };
}
