import { describe, expect, test } from "vitest";
import { no, seen, unknown } from "../../../src/kernel/answer.ts";
import type { Diagnostic } from "../../../src/model/diagnostic.ts";
import { preflightJson } from "../../../src/report/preflightJson.ts";
import type { PreflightReport } from "../../../src/report/preflightReport.ts";
import { renderPreflight } from "../../../src/report/preflightText.ts";
import { fine, mixed, reportOf, three } from "./preflightSamples.ts";

const text = (report: PreflightReport, options = {}) =>
  renderPreflight(report, { color: false, width: 80, details: false, ...options });

describe("what machines say", () => {
  const nasty = "\x1b[2J\x1b]0;owned\x07\u202egood\r\nok: 3 machines can be nodes of lab";
  const long = "A".repeat(1_000_000);
  const hostile = reportOf(three, {
    "host/os": {
      title: "distribution",
      says: (index) => ({ distribution: [no(nasty, nasty, nasty), unknown(long), seen(nasty)][index] ?? seen("") }),
    },
  });

  test.each([false, true])("does nothing to a terminal, and cannot forge a line (details: %s)", (details) => {
    const shown = text(hostile, { details });
    expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(shown.split("\n").filter((line) => line.startsWith("ok:"))).toEqual([]);
    expect(shown.length).toBeLessThan(10_000);
    expect(shown).toContain("\\e[2J");
  });

  test("does nothing in JSON either, where it is whole", () => {
    const json = preflightJson(hostile);
    expect(json).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(JSON.parse(json).nodes[0].checks[0].findings[0].why).toBe(nasty);
  });
});

describe("beside answers", () => {
  const waived = (report: PreflightReport): PreflightReport => ({
    ...report,
    results: report.results.map((one) => (one.check === "kernel/flannel-vxlan" ? { ...one, waived: { reason: "a test" } } : one)),
  });

  test("what the inventory allows is told with its reason, every time", () => {
    const shown = text(waived(reportOf(three, mixed)));
    expect(shown).toContain("flannel vxlan        yes*    waived  waived\n");
    expect(shown).toContain(
      "  w-1, w-2\n    flannel vxlan, vxlan: the kernel has no VXLAN (allowed by the inventory: a\n    test)  [kernel/flannel-vxlan]",
    );
    expect(shown).toContain("ok: 3 machines can be nodes of lab; 1 warning, 1 answer not known, 2 allowed by the inventory\n");
  });

  const silent: Diagnostic = {
    severity: "error",
    code: "host/unreachable",
    message: "no answer from 192.0.2.9:22",
    place: { node: "w-2" },
    hint: "is it on?",
  };

  test("a node that does not answer has a column without answers, and blocks", () => {
    const report = reportOf(["cp-1", "w-1"], fine);
    const shown = text({ ...report, nodes: three, diagnostics: [silent] });
    expect(shown).toContain("memory               yes        -\n");
    expect(shown).toContain("  w-2\n    no answer from 192.0.2.9:22  [host/unreachable]\n    try:  is it on?\n");
    expect(shown).toContain("Blocked: 1 of 3 machines (1 silent) cannot be nodes of lab; nothing was changed.\n");
  });

  test("a mistake in the inventory blocks, whatever the machines are", () => {
    const mistake: Diagnostic = {
      severity: "error",
      code: "preflight/unknown-check",
      message: "no such check",
      place: { file: "lab.yaml" },
    };
    expect(text({ ...reportOf(three, fine), diagnostics: [mistake] })).toContain(
      "Blocked: 1 error in the inventory; nothing was changed.\n",
    );
  });

  test("when no node answers, there is no table, but each is told of", () => {
    const all = three.map((node): Diagnostic => ({ ...silent, place: { node } }));
    expect(text({ ...reportOf(three, {}), diagnostics: all })).toBe(`Blocked
  all 3 nodes
    no answer from 192.0.2.9:22  [host/unreachable]
    try:  is it on?

Blocked: 3 of 3 machines (3 silent) cannot be nodes of lab; nothing was changed.
`);
  });
});

test("what was asked for the answer's sake is told, and blocks nothing", () => {
  const report = { ...reportOf(three, mixed), besides: new Set(["kernel/flannel-vxlan"]) };
  const shown = text(report);
  expect(shown).toContain("flannel vxlan        yes*    no      no\n");
  expect(shown).toContain("Not needed by lab\n  w-1, w-2\n    flannel vxlan, vxlan: the kernel has no VXLAN");
  expect(shown).toContain("ok: 3 machines can be nodes of lab; 1 warning, 1 answer not known\n");
  expect(JSON.parse(preflightJson(report))).toMatchObject({ summary: { ok: true, blocked: 0 } });
});
