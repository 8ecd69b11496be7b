import type { FactSpec, readFacts } from "../facts/fact.ts";
import type { Action } from "./action.ts";
import { type NodeStep, type NodeTarget, nodeStep } from "./step.ts";
import { type Change, changeIf } from "./verdict.ts";

/** A ready-made kind of thing on a node (a file, a unit, an image …): knows how to look at itself, differ, be made and be removed. */
export interface Resource {
  readonly facts: FactSpec;
  readonly differs: (replies: Readonly<Record<string, unknown>>) => readonly Change[];
  readonly make: (replies: Readonly<Record<string, unknown>>) => readonly Action[];
  readonly unmake: readonly Action[];
}

/** Keeps a resource's fact types while it is written. */
export function resource<F extends FactSpec>(
  facts: F,
  functions: {
    differs: (facts: ReturnType<typeof readFacts<F>>) => readonly Change[];
    make: (facts: ReturnType<typeof readFacts<F>>) => readonly Action[];
    unmake: readonly Action[];
  },
): Resource {
  return { facts, ...functions } as Resource;
}

type ResourceStep = Pick<NodeStep, "id" | "summary" | "after" | "stage" | "when" | "verify"> & {
  resources: (target: NodeTarget) => readonly Resource[];
};

/** A step that is a list of resources: made in order, removed in reverse. Only what differs is made. */
export function resourceStep(step: ResourceStep): NodeStep {
  const { resources, ...rest } = step;
  const numbered = (target: NodeTarget): readonly (readonly [number, Resource])[] =>
    resources(target).map((one, index) => [index, one] as const);
  const own = (facts: Readonly<Record<string, unknown>>, index: number): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(facts)
        .filter(([name]) => name.startsWith(`${index}:`))
        .map(([name, value]) => [name.slice(name.indexOf(":") + 1), value]),
    );
  return nodeStep({
    ...rest,
    facts: (target) =>
      Object.fromEntries(
        numbered(target).flatMap(([i, one]) => Object.entries(one.facts).map(([name, fact]) => [`${i}:${name}`, fact])),
      ),
    check: (context) => changeIf(numbered(context).flatMap(([i, one]) => one.differs(own(context.facts, i)))),
    apply: (context) =>
      numbered(context).flatMap(([i, one]) => {
        const facts = own(context.facts, i);
        return one.differs(facts).length === 0 ? [] : one.make(facts);
      }),
    remove: (target) => [...resources(target)].reverse().flatMap((one) => one.unmake),
  });
}
