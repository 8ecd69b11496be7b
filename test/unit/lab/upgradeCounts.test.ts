import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseCounts, readCounts, requests, since, type Tally } from "../../lab/upgrade/clientScript.ts";
import { renderApi, renderCordons, renderTraffic, trafficProblems } from "../../lab/upgrade/report.ts";

const folder = mkdtempSync(join(tmpdir(), "provision-counts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tally: Tally = { client: "w-1 name", ok: 10, failed: 0, longestPauseMs: 900, failures: [], starts: 1 };

test("what clients of a node wrote is what is counted", () => {
  writeFileSync(join(folder, "node-port.100"), "7 1 250 900\n");
  writeFileSync(join(folder, "node-port.100.failures"), "2026-01-01T00:00:00Z 10.77.0.21:30090 exit 143 after 3010 ms: \n");
  writeFileSync(join(folder, "cluster-ip.101"), "9 0 41 900\n");
  const tallies = parseCounts("w-1", execFileSync("bash", ["-c", readCounts(folder)], { encoding: "utf8" }));
  expect(tallies).toEqual([
    { client: "w-1 cluster-ip", ok: 9, failed: 0, longestPauseMs: 410, failures: [], starts: 1 },
    {
      client: "w-1 node-port",
      ok: 7,
      failed: 1,
      longestPauseMs: 2500,
      failures: ["2026-01-01T00:00:00Z 10.77.0.21:30090 exit 143 after 3010 ms: "],
      starts: 1,
    },
  ]);
  expect(requests(tallies)).toBe(17);
  expect(renderTraffic(tallies)).toMatch(/^1 failed requests of 17\n.*w-1 node-port: 2026-01-01T00:00:00Z/s);
  expect(trafficProblems(tallies)).toEqual(["1 requests failed"]);
});

test("a client that began anew is told, not added up in silence", () => {
  const [again] = parseCounts("w-1", "count name.1 5 0 40 100\ncount name.200 6 0 41 300\n");
  expect(again).toMatchObject({ ok: 11, starts: 2 });
  expect(trafficProblems([again as Tally])).toEqual(["w-1 name was started 2 times"]);
});

test.each(["", "count name.1 5 0", "count name.1 5 0 x 7", "counts name.1 5 0 1 7", "permission denied"])(
  "half a count is no count: %j",
  (text) => {
    if (text === "") expect(parseCounts("w-1", text)).toEqual([]);
    else expect(() => parseCounts("w-1", text)).toThrow(/w-1: no count/);
  },
);

test("only what came after the mark counts", () => {
  const now = { ...tally, ok: 30, failed: 2, failures: ["old", "new"] };
  const [difference] = since([{ ...tally, failed: 1, failures: ["old"] }], [now]);
  expect(difference).toMatchObject({ ok: 20, failed: 1, failures: ["new"] });
});

test("clients that were never answered, or fell silent, prove nothing", () => {
  expect(trafficProblems([tally])).toEqual([]);
  expect(trafficProblems([{ ...tally, ok: 0 }])).toEqual(["w-1 name was never answered"]);
  expect(trafficProblems([{ ...tally, longestPauseMs: 31_000 }])).toEqual(["w-1 name sent nothing for 31.0 s"]);
});

test("moments without the API that follow each other are one line", () => {
  const at = (moment: number) => ({ moment, at: `t${moment}`, said: `cp-1: refused ${moment}` });
  const text = renderApi({ moments: 9, silent: [at(2), at(3), at(4), at(8)], refusals: new Map([["cp-1", 4]]) });
  expect(text.split("\n").slice(2)).toEqual(["  t2 to t4: 3 moments; cp-1: refused 2", "  t8 to t8: 1 moments; cp-1: refused 8"]);
});

test("the ratio compares the same worker; control planes are not among them", () => {
  const text = renderCordons(
    ["w-1"],
    [
      { node: "cp-1", seconds: 90, webPods: 0 },
      { node: "w-1", seconds: 30, webPods: 2 },
    ],
    [{ node: "w-1", seconds: 25, webPods: 2 }],
  );
  expect(text).toMatch(/w-1 +30\.0 s \(2 pods\) +25\.0 s \(2 pods\) +1\.20/);
  expect(text).not.toContain("90");
});
