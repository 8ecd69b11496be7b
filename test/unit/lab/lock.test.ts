import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lockHolder, parseHolder, processStart, withLock } from "../../lab/lock.ts";

const folder = mkdtempSync(join(tmpdir(), "lab-lock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const refuse = { what: "second", wait: null };

describe("withLock", () => {
  it("refuses a second run, naming who holds it and since when", async () => {
    const path = join(folder, "a");
    await withLock(path, { what: "lab up --name t1", wait: null }, async () => {
      const since = lockHolder(path)?.since ?? "";
      await expect(withLock(path, refuse, async () => {})).rejects.toThrow(
        `"lab up --name t1" (process ${process.pid}, since ${since})`,
      );
    });
    expect(existsSync(path)).toBe(false);
  });

  it("is free again after a failure", async () => {
    const path = join(folder, "b");
    await expect(withLock(path, refuse, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await withLock(path, refuse, async () => "mine")).toBe("mine");
  });

  it("takes over from a process that is gone, even when its number lives again", async () => {
    const path = join(folder, "c");
    const dead = {
      pid: process.pid,
      started: `${Number(processStart(process.pid)) - 1}`,
      since: "2026-01-01T00:00:00Z",
      what: "dead",
    };
    for (const left of [JSON.stringify(dead), "", '{"pid":']) {
      writeFileSync(path, left);
      expect(await withLock(path, refuse, async () => lockHolder(path)?.what)).toBe("second");
    }
  });

  it("waits where it is told to, and says for whom", async () => {
    const path = join(folder, "d");
    const order: string[] = [];
    let letGo = () => {};
    let first: Promise<void> = Promise.resolve();
    await new Promise<void>((started) => {
      const hold = () =>
        new Promise<void>((resolve) => {
          letGo = resolve;
          started();
        });
      first = withLock(path, { what: "first", wait: null }, hold);
    });
    const wait = (holder: { readonly what: string }) => {
      order.push(`waiting for ${holder.what}`);
      letGo();
    };
    await withLock(path, { what: "second", wait }, async () => order.push("second runs"));
    await first;
    expect(order).toEqual(["waiting for first", "second runs"]);
  });
});

describe("parseHolder", () => {
  it("takes nothing that is not a holder", () => {
    for (const text of ["", "null", "7", '{"pid":"7"}', '{"pid":7}']) expect(parseHolder(text)).toBeNull();
  });
});
