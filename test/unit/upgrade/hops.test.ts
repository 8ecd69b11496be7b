import { expect, test } from "vitest";
import { hops } from "../../../src/upgrade/hops.ts";

const available = ["1.34.2", "1.34.9", "1.34.10", "1.35.4", "1.36.4"];

test("one minor, or a patch of it, is one step", () => {
  expect(hops("1.35.4", "1.36.4", available)).toEqual({ hops: [{ from: "1.35.4", to: "1.36.4" }] });
  expect(hops("1.35.1", "1.35.4", available)).toEqual({ hops: [{ from: "1.35.1", to: "1.35.4" }] });
});

test("several minors are crossed one by one, each at its newest version", () => {
  expect(hops("1.33.5", "1.36.4", available)).toEqual({
    hops: [
      { from: "1.33.5", to: "1.34.10" },
      { from: "1.34.10", to: "1.35.4" },
      { from: "1.35.4", to: "1.36.4" },
    ],
  });
});

test("a minor on the way that nobody has is named", () => {
  expect(hops("1.32.9", "1.34.2", available)).toEqual({ refused: "gap", minor: "1.33" });
});

test("older is refused, the same is one step that changes whatever else differs", () => {
  expect(hops("1.36.4", "1.35.4", available)).toEqual({ refused: "downgrade" });
  expect(hops("1.36.4", "1.36.4", available)).toEqual({ hops: [{ from: "1.36.4", to: "1.36.4" }] });
});
