import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EventBody } from "../../../src/run/event.ts";
import { withHooks } from "../../../src/run/turnHooks.ts";
import { ends } from "./machines.ts";

let cwd = "";
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "hooks-"));
});
afterEach(() => rm(cwd, { recursive: true }));

async function turn(
  hooks: { before?: string; after?: string; timeoutSeconds?: number },
  { works = true, node = "w-1" }: { works?: boolean; node?: string } = {},
) {
  const events: EventBody[] = [];
  let touched = false;
  const done = await withHooks(
    { node, from: "1.35.4", to: "1.36.4" },
    { before: null, after: null, timeoutSeconds: 60, ...hooks },
    { env: { PATH: process.env.PATH, MINE: "yes" }, cwd, emit: (event) => events.push(event) },
    async () => {
      await writeFile(join(cwd, "log"), "turn\n", { flag: "a" });
      touched = true;
      return works;
    },
  );
  const diagnostics = events.flatMap((event) => (event.type === "step-ended" ? (event.diagnostics ?? []) : []));
  return { done, touched, ends: ends(events), diagnostics, log: () => readFile(join(cwd, "log"), "utf8") };
}

const say = 'echo "$PHASE $NODE $FROM $TO $MINE" >>log';

test("both hooks run around the turn, and find it and the caller's own environment in theirs", async () => {
  const found = await turn({ before: say, after: say });
  expect(found.done).toBe(true);
  expect(await found.log()).toBe("before w-1 1.35.4 1.36.4 yes\nturn\nafter w-1 1.35.4 1.36.4 yes\n");
  expect(found.ends).toEqual(["turn/hook-before@w-1 changed", "turn/hook-after@w-1 changed"]);
});

test("no hook, no step", async () => {
  expect(await turn({})).toMatchObject({ done: true, touched: true, ends: [] });
});

test("a before-hook that fails: the node is not touched; its last words are told", async () => {
  expect(await turn({ before: "echo no load balancer answers >&2; exit 7", after: say })).toMatchObject({
    done: false,
    touched: false,
    ends: ["turn/hook-before@w-1 failed"],
    diagnostics: [{ code: "turn/hook", message: "upgrade.hooks.before: exit code 7", seen: "no load balancer answers" }],
  });
});

test("an after-hook that fails: told after the turn has ended well", async () => {
  expect(await turn({ after: "exit 1" })).toMatchObject({ done: false, touched: true, ends: ["turn/hook-after@w-1 failed"] });
});

test("after a turn that failed there is no after-hook: the node is not as it should be", async () => {
  expect(await turn({ after: say }, { works: false })).toMatchObject({ done: false, ends: [] });
});

test("a hook without an end is ended, with all it started", async () => {
  expect(await turn({ before: "echo waiting; sleep 600", timeoutSeconds: 1 })).toMatchObject({
    done: false,
    touched: false,
    diagnostics: [{ message: "upgrade.hooks.before: no end within 1 s", seen: "waiting" }],
  });
});

test("what a hook leaves running holds up nothing", async () => {
  expect(await turn({ before: "sleep 5 & echo $! >pid" })).toMatchObject({ done: true });
  process.kill(Number(await readFile(join(cwd, "pid"), "utf8")));
});

test("a value of the turn is never read as shell", async () => {
  const found = await turn({ before: 'printf "%s" "$NODE" >node' }, { node: "$(touch pwned)`touch pwned`" });
  expect(found.done).toBe(true);
  expect(await readFile(join(cwd, "node"), "utf8")).toBe("$(touch pwned)`touch pwned`");
  await expect(readFile(join(cwd, "pwned"))).rejects.toThrow("ENOENT");
});
