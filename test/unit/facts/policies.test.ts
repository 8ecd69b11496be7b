import { expect, it } from "vitest";
import { FactError } from "../../../src/facts/fact.ts";
import { policiesFact } from "../../../src/facts/policies.ts";

const one = {
  kind: "NetworkPolicy",
  apiVersion: "networking.k8s.io/v1",
  metadata: { name: "a", namespace: "b" },
  spec: { podSelector: {} },
};

it("takes policies as kubectl lists them, whichever parts they have", () => {
  const stdout = JSON.stringify({ kind: "List", items: [one, { ...one, spec: undefined, specs: [{}] }] });
  expect(policiesFact.parse({ code: 0, stdout }).map(({ metadata }) => metadata.name)).toEqual(["a", "a"]);
});

it("does not take silence, or a stranger's answer, for none", () => {
  expect(() => policiesFact.parse({ code: 1, stdout: "" })).toThrow(FactError);
  expect(() => policiesFact.parse({ code: 0, stdout: '{"items": [{}]}' })).toThrow(FactError);
});
