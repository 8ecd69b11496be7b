import type { Fact, FactReply } from "../../../src/facts/fact.ts";
import type { Host } from "../../../src/host/host.ts";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import type { Instance } from "../../../src/plan/expand.ts";
import type { PlannedStep } from "../../../src/plan/plan.ts";
import type { EventBody } from "../../../src/run/event.ts";
import { Sessions } from "../../../src/run/sessions.ts";
import { World } from "../../../src/run/world.ts";
import { FakeHost, type FakeReply } from "../../../src/testing/fakeHost.ts";

const frame = /printf '%s\\n' '([0-9a-f]+) (\d+)'\n\(\n([\s\S]*?)\n\) <\/dev\/null 2>\/dev\/null\n/g;

export const isLook = (script: string): boolean => script.includes("LC_ALL=C; export LC_ALL");

/** What a look script prints on a machine whose probes answer as told. */
export function lookReply(script: string, answer: (probe: string) => FactReply): string {
  return [...script.matchAll(frame)]
    .map(([, nonce, index, probe]) => {
      const { code, stdout } = answer(probe ?? "");
      return `${nonce} ${index}\n${stdout}\n${nonce} end ${code}\n`;
    })
    .join("");
}

/** Answers looks with what each of `facts` replies now; any other probe fails the test. */
export const looks = (facts: readonly Fact<unknown>[], reply: (key: string) => FactReply): FakeReply => ({
  when: (script) => isLook(script) && !script.includes("get --raw /readyz"),
  reply: (script) => ({
    stdout: lookReply(script, (probe) => {
      const fact = facts.find((one) => one.script.text === probe);
      if (fact === undefined) throw new Error(`the machine was not told how to answer:\n${probe}`);
      return reply(fact.key);
    }),
  }),
});

export const worldOf = (cluster: ClusterSpec, hosts: readonly Host[]): World =>
  new World(
    cluster,
    new Sessions(async (name) => {
      const host = hosts.find((one) => one.name === name);
      if (host === undefined) throw new Error(`nobody is to connect to ${name}`);
      return host;
    }),
  );

/** The plan says "change" for all: what is done about each is decided when its turn comes. */
export const allPlanned = (instances: readonly Instance[]): readonly PlannedStep[] =>
  instances.map(({ id, node, after, step }) => ({
    id,
    after,
    node: node?.name ?? null,
    summary: step.summary,
    verdict: { status: "change", changes: [] },
  }));

/** "a/one@w-1 changed" for each step that ended, in order. */
export const ends = (events: readonly EventBody[]): readonly string[] =>
  events.flatMap((event) =>
    event.type === "step-ended" ? [`${event.step}${event.node === null ? "" : `@${event.node}`} ${event.outcome}`] : [],
  );

/** A promise that a test settles. */
export function gate<T = void>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

export { FakeHost };
