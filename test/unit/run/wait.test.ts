import { describe, expect, test } from "vitest";
import { sh } from "../../../src/host/sh.ts";
import type { Condition } from "../../../src/role/action.ts";
import { waitFor } from "../../../src/run/wait.ts";

const condition = (deadlineMs: number): Condition => ({
  summary: "it is ready",
  script: sh`probe`,
  unmet: ({ stdout }) => (stdout === "ready" ? null : stdout),
  intervalMs: 0,
  deadlineMs,
});

/** Answers one after the other; the last one for ever. */
function answers(...all: readonly string[]) {
  let asked = 0;
  const ask = async () => ({ code: 0, stderr: "", stdout: all[Math.min(asked++, all.length - 1)] ?? "" });
  return { ask, asked: () => asked };
}

describe("waiting for a condition", () => {
  test("what is met already is asked once and waited for never", async () => {
    const { ask, asked } = answers("ready");
    expect(await waitFor(condition(0), ask)).toEqual({ met: true });
    expect(asked()).toBe(1);
  });

  test("is told a reason when it changes, not at every question", async () => {
    const reasons: string[] = [];
    const { ask } = answers("pulling", "pulling", "pulling", "starting", "starting", "ready");
    expect(await waitFor(condition(60_000), ask, { onReason: (reason) => reasons.push(reason) })).toEqual({ met: true });
    expect(reasons).toEqual(["pulling", "starting"]);
  });

  test("what must stay so is asked until it did, and begins anew after a break", async () => {
    const reasons: string[] = [];
    const { ask, asked } = answers("ready", "starting", "ready");
    const held = { ...condition(60_000), holdMs: 20 };
    expect(await waitFor(held, ask, { onReason: (reason) => reasons.push(reason) })).toEqual({ met: true });
    expect(asked()).toBeGreaterThan(3);
    expect(reasons.slice(0, 2)).toEqual(["so now; it must stay so for a while", "starting"]);
  });

  test("a machine that gives no answer for a while is waited for like anything else", async () => {
    const reasons: string[] = [];
    let asked = 0;
    const ask = async () => (asked++ < 2 ? { noReply: "the connection is gone" } : { code: 0, stdout: "ready", stderr: "" });
    expect(await waitFor(condition(60_000), ask, { onReason: (reason) => reasons.push(reason) })).toEqual({ met: true });
    expect(reasons).toEqual(["the connection is gone"]);
  });

  test("what nothing can come of ends at once, with its reason", async () => {
    const { ask, asked } = answers("starting", "broken", "ready");
    const broken = { ...condition(60_000), hopeless: ({ stdout }: { readonly stdout: string }) => stdout === "broken" };
    expect(await waitFor(broken, ask)).toEqual({ met: false, reason: "broken", seconds: 0 });
    expect(asked()).toBe(2);
  });

  test("ends at the deadline with the last reason", async () => {
    const { ask } = answers("starting");
    expect(await waitFor(condition(0), ask)).toEqual({ met: false, reason: "starting", seconds: 0 });
  });

  test("is asked once more at the deadline: what was met in the last interval counts", async () => {
    const { ask } = answers("starting", "ready");
    expect(await waitFor({ ...condition(5), intervalMs: 60_000 }, ask)).toEqual({ met: true });
  });

  test("an abort ends it", async () => {
    const stop = new AbortController();
    const { ask } = answers("starting");
    const waiting = waitFor({ ...condition(60_000), intervalMs: 60_000 }, ask, {
      signal: stop.signal,
      onReason: () => stop.abort(),
    });
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  });

  test("a question that cannot be asked is not an answer", async () => {
    const gone = new Error("the connection is gone");
    await expect(waitFor(condition(60_000), () => Promise.reject(gone))).rejects.toBe(gone);
  });
});
