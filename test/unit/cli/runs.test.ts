import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { program } from "../../../src/cli/program.ts";
import { journalFolder, openJournal } from "../../../src/run/journal.ts";
import { hop, until } from "../report/upgradeEvents.ts";
import { type FakeIo, fakeIo } from "./fakeIo.ts";

let cwd = "";
let folder = "";
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "runs-"));
  folder = journalFolder({ XDG_STATE_HOME: cwd }, "/home/ada", "rack-4");
  const nodes = "nodes: [{name: cp-1, address: 192.0.2.11, roles: [control-plane]}]";
  await writeFile(join(cwd, "c.yaml"), `apiVersion: provision/v1\nname: rack-4\nkubernetes: {version: 1.36.4}\n${nodes}\n`);
});
afterEach(() => rm(cwd, { recursive: true }));

async function run(...argv: string[]): Promise<FakeIo & { readonly code: number }> {
  const io = { ...fakeIo(cwd), env: { XDG_STATE_HOME: cwd } };
  return { ...io, code: await program(io, [...argv, "-i", "c.yaml"]) };
}

function journal(id: string, events = hop): string {
  const { file, write } = openJournal(folder, id);
  for (const event of events) write(event);
  return file;
}

test("a cluster nothing was ever done to from here has no runs", async () => {
  const { code, out } = await run("runs");
  expect([code, out()]).toEqual([0, `no run of rack-4 was started from here: ${folder} holds no journal\n`]);
});

test("runs are listed oldest first; what was killed in mid-line and what is unknown is left out and counted", async () => {
  journal("20260102T100000Z-ab12");
  const file = journal("20260103T100000Z-cd34", until(20));
  await appendFile(file, '{"type":"of-tomorrow","at":"2026-01-03T10:00:00Z","run":"r"}\n[1]\n\u001b[2J\n{"at":"2026-01-03T1');
  await writeFile(join(folder, "notes.txt"), "mine");
  const { code, out } = await run("runs", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out())).toMatchObject({
    apiVersion: "provision/runs/v1",
    cluster: "rack-4",
    runs: [
      { run: "20260102T100000Z-ab12", outcome: "done", unread: 0, running: false },
      { run: "20260103T100000Z-cd34", outcome: null, unread: 4, running: false },
    ],
  });
  expect((await run("runs", "show", "last")).out()).toContain("4 lines of the journal cannot be read");
});

test("a run is shown by its id, its begin, or as the last one", async () => {
  journal("20260102T100000Z-ab12");
  journal("20260103T100000Z-cd34", until(20));
  expect((await run("runs", "show", "last")).out()).toMatch(/^20260103T100000Z-cd34 {2}upgrade rack-4/);
  expect((await run("runs", "show", "20260102")).out()).toMatch(/^20260102T100000Z-ab12/);
  const told = JSON.parse((await run("runs", "show", "20260102T100000Z-ab12", "--json")).out());
  expect(told).toMatchObject({ apiVersion: "provision/run/v1", from: "1.35.4", to: "1.36.4", outcome: "done" });
  expect(told.nodes[1].steps[1]).toMatchObject({
    step: "turn/drain",
    waits: [{ reason: "would violate the budget", seconds: 8 }],
  });
});

test.each(["2026", "nothing", "../../secret"])("no run is meant by %s", async (id) => {
  journal("20260102T100000Z-ab12");
  journal("20260103T100000Z-cd34");
  await expect(run("runs", "show", id)).rejects.toMatchObject({ exitCode: 3, diagnostics: [{ code: "runs/which" }] });
});

test("a run without an end is running while its process is there", async () => {
  const own = until(20).map((event) =>
    event.type === "run-started" ? { ...event, by: { user: "ann", host: hostname(), pid: process.pid } } : event,
  );
  journal("20260103T100000Z-cd34", own);
  expect((await run("runs")).out()).toMatch(/ running +ann@/);
});
