import { describe, expect, it } from "vitest";
import { nextTask, runTasks, type Task } from "../../lab/builds/runTasks.ts";

const task = (id: string, seconds: number, after: readonly string[] = [], run = async () => {}): Task => ({
  id,
  seconds,
  after,
  run,
});

describe("nextTask", () => {
  it("is the longest of those whose needs are done", () => {
    const waiting = [task("short", 1), task("long", 9), task("longest", 99, ["short"])];
    expect(nextTask(waiting, new Set(["short", "long", "longest"]))?.id).toBe("long");
    expect(nextTask(waiting, new Set(["long", "longest"]))?.id).toBe("longest");
    expect(nextTask([task("b", 1, ["a"])], new Set(["a", "b"]))).toBeNull();
  });
});

describe("runTasks", () => {
  it("keeps the order of needs and the number of lanes", async () => {
    const log: string[] = [];
    let running = 0;
    let most = 0;
    const run = (id: string) => async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      log.push(id);
    };
    const ids = ["a", "b", "c", "d", "e"];
    await runTasks([...ids.map((id) => task(id, 1, [], run(id))), task("last", 99, ids, run("last"))], 2);
    expect(most).toBe(2);
    expect(log).toHaveLength(6);
    expect(log.at(-1)).toBe("last");
  });

  it("starts nothing new after a failure, lets the rest end, and throws that failure", async () => {
    const log: string[] = [];
    const failing = task("bad", 9, [], () => Promise.reject(new Error("no compiler")));
    const slow = task("slow", 8, [], async () => {
      await new Promise((resolve) => setImmediate(resolve));
      log.push("slow ended");
    });
    const never = task("never", 7, [], async () => void log.push("never"));
    await expect(runTasks([failing, slow, never], 2)).rejects.toThrow("no compiler");
    expect(log).toEqual(["slow ended"]);
  });

  it("says when tasks wait for each other", async () => {
    await expect(runTasks([task("a", 1, ["b"]), task("b", 1, ["a"])], 2)).rejects.toThrow("a, b");
  });
});
