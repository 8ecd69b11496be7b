import { describe, expect, test } from "vitest";
import { accuse, listed, type Tried } from "../../../../src/preflight/between/accuse.ts";

const nodes = ["cp-1", "w-1", "w-2"];
/** Everybody to everybody; `fails` says which do not get through. */
const all = (fails: (from: string, to: string) => boolean, names = nodes): readonly Tried<string>[] =>
  names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to, bad: fails(from, to) ? "silence" : null })));
const said = (tried: readonly Tried<string>[]): readonly string[] =>
  accuse(tried).map((one) => `${one.about} ${one.node}: ${one.legs.map(({ from, to }) => `${from}>${to}`).join(" ")}`);

describe("who is to blame", () => {
  test("nobody, when everything arrives", () => expect(said(all(() => false))).toEqual([]));

  test("the node that nothing gets to, not those that send to it", () =>
    expect(said(all((_, to) => to === "w-1"))).toEqual(["receiver w-1: cp-1>w-1 w-2>w-1"]));

  test("the node that gets nothing out, not those it sends to", () =>
    expect(said(all((from) => from === "w-1"))).toEqual(["sender w-1: w-1>cp-1 w-1>w-2"]));

  test("one leg is one leg", () =>
    expect(said(all((from, to) => from === "w-1" && to === "cp-1"))).toEqual(["leg cp-1: w-1>cp-1"]));

  test("a node cut off both ways is named for both, and nobody else is", () =>
    expect(said(all((from, to) => from === "w-1" || to === "w-1"))).toEqual([
      "receiver w-1: cp-1>w-1 w-2>w-1",
      "sender w-1: w-1>cp-1 w-1>w-2",
    ]));

  test("with one witness there is no telling which side it is", () =>
    expect(said(all((_, to) => to === "w-1", ["cp-1", "w-1"]))).toEqual(["leg w-1: cp-1>w-1"]));

  test("workers that all refuse their only caller do not make the caller guilty", () => {
    const tried = ["w-1", "w-2", "w-3"].map((to) => ({ from: "cp-1", to, bad: "silence" }));
    expect(said(tried)).toEqual(["leg w-1: cp-1>w-1", "leg w-2: cp-1>w-2", "leg w-3: cp-1>w-3"]);
  });

  test("when nothing gets anywhere every receiver is named once", () =>
    expect(accuse(all(() => true)).map(({ about, node }) => `${about} ${node}`)).toEqual([
      "receiver w-1",
      "receiver w-2",
      "receiver cp-1",
    ]));
});

test("long lists are cut short", () => {
  expect(listed(["a"])).toBe("a");
  expect(listed(["a", "b"])).toBe("a and b");
  expect(listed(["a", "b", "c"])).toBe("a, b and c");
  expect(listed(["a", "b", "c", "d"])).toBe("a, b and 2 more");
});
