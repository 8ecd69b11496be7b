import { expect, test } from "vitest";
import { diffText } from "../../../src/plan/diffText.ts";
import { mermaid } from "../../../src/plan/mermaid.ts";
import { renderPlan } from "../../../src/plan/renderPlan.ts";
import { cutTo, jsonText, printable, widthOf, wrapTo } from "../../../src/plan/renderText.ts";

test("what moves the cursor, colours, hides or turns text round is spelled out", () => {
  expect(printable("a\x1b[31mb\r\n\tc\x7f\x9b\u202e\u200b\u2028\u{e0041}\ud800")).toBe(
    "a\\e[31mb\\r\\n\\tc\\x7f\\x9b\\u{202e}\\u{200b}\\u{2028}\\u{e0041}\\u{d800}",
  );
  expect(printable("plain, ünïcode, 漢字, 🙂")).toBe("plain, ünïcode, 漢字, 🙂");
  expect(JSON.parse(jsonText({ a: "\u{e0041}\u009b" }))).toEqual({ a: "\u{e0041}\u009b" });
});

test("width is counted in terminal columns", () => {
  expect(["abc", "漢字", "e\u0301", "🙂", "\x1b[31mred\x1b[39m"].map(widthOf)).toEqual([3, 4, 1, 2, 3]);
  expect(cutTo("漢字漢字", 5)).toBe("漢字…");
  expect(wrapTo("one two a-word-longer-than-the-line three", 9)).toEqual(["one two", "a-word-longer-than-the-line", "three"]);
});

test("a text that differs in every line is shown without a search for the shortest difference, and cut", () => {
  const lines = diffText("\n".repeat(60_000), Array.from({ length: 300 }, (_, index) => `${index}`).join("\n"));
  expect(lines).toHaveLength(401);
  expect(lines.at(-1)).toBe("… 59901 more lines");
});

test("a graph's labels cannot break out of their boxes, and what waits for another node is dotted", () => {
  const steps = [
    { id: "a/end@n-1", summary: 'x"] --> evil["<b>`', node: "n-1", after: [] },
    { id: "b/x@n-1", summary: "b", node: "n-1", after: ["a/end@n-1"] },
    { id: "b/x@n-2", summary: "b", node: "n-2", after: ["a/end@n-1"] },
    { id: "c/y", summary: "c", node: null, after: ["b/x@n-1", "b/x@n-2"] },
  ];
  const folded = mermaid(steps, { nodes: false });
  expect(folded).toContain('s0["a/end<br/>x#34;#93; --#62; evil#91;#34;#60;b#62;#96;"]');
  expect(folded.match(/^ {2}s\d.*$/gm)).toEqual(["  s0 -.-> s1", "  s1 --> s2"]);
  expect(mermaid(steps, { nodes: true }).match(/^ {2}s\d.*$/gm)).toEqual([
    "  s0 --> s1",
    "  s0 -.-> s2",
    "  s1 --> s3",
    "  s2 --> s3",
  ]);
});

test("many nodes with one plan make one heading", () => {
  const steps = Array.from({ length: 40 }, (_, index) => ({
    id: `os/x@n-${index}`,
    summary: "x",
    node: `n-${index}`,
    after: [],
    verdict: { status: "change", changes: [{ what: "unit", action: "restart", target: "x.service", disrupts: "x" }] } as const,
  }));
  const text = renderPlan({ cluster: "c", steps, diagnostics: [] }, { color: false, diff: false, width: 80 });
  expect(text).toMatch(/n-39 \(40\s+nodes, equal\)/);
  expect(text.match(/restart x\.service/g)).toHaveLength(1);
  expect(text).toContain("40 restarts of running services, 40 nodes are disrupted.");
  expect(Math.max(...text.split("\n").slice(0, -2).map(widthOf))).toBeLessThanOrEqual(110);
});
