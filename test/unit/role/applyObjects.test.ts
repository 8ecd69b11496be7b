import { describe, expect, test } from "vitest";
import type { Action } from "../../../src/role/action.ts";
import { applyObjects } from "../../../src/role/objects/applyObjects.ts";

const crd = (name: string) => ({ kind: "CustomResourceDefinition", metadata: { name } });
const names = Array.from({ length: 18 }, (_, index) => `kind${index}.example.org`);
const actions = applyObjects("net", {
  objects: [{ kind: "ConfigMap", metadata: { name: "a" } }, ...names.map(crd)],
  digest: "d".repeat(64),
});
const itemsOf = (action: Action): readonly { kind: string; metadata: { name: string } }[] =>
  action.kind === "run" && action.stdin !== undefined ? JSON.parse(String(action.stdin)).items : [];

describe("applying a release's objects", () => {
  test("many definitions go to the API server a few at a time, all of them before anything else", () => {
    const written = actions.map(itemsOf);
    const first = written.findIndex((items) => items.some(({ kind }) => kind === "ConfigMap"));
    expect(written.slice(0, first).flatMap((items) => items.map(({ metadata }) => metadata.name))).toEqual(names);
    for (const items of written.slice(0, first)) expect(items.length).toBeLessThanOrEqual(6);
  });

  test("the rest waits until the API server knows every kind, and says which one it does not", () => {
    const wait = actions.find((action) => action.kind === "wait");
    if (wait?.kind !== "wait") throw new Error("nothing is waited for");
    const told = (known: readonly string[]) =>
      wait.condition.unmet({ code: 0, stdout: known.map((name) => `${name}   True\n`).join(""), stderr: "" });
    expect(told(names)).toBeNull();
    expect(told(names.slice(1))).toBe("kind0.example.org not yet");
    expect(wait.condition.unmet({ code: 0, stdout: `${names[0]} False\n`, stderr: "" })).toContain("kind0.example.org");
    expect(wait.condition.unmet({ code: 1, stdout: "", stderr: "" })).toBe("the API does not answer");
  });
});
