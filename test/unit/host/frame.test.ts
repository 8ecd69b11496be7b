import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { FrameReader, frameCommand } from "../../../src/host/frame.ts";

const mark = "0123456789abcdef.1";

describe("FrameReader", () => {
  it("finds body and code however the bytes are cut", () => {
    const body = Buffer.concat([randomBytes(300), Buffer.from(`\n${mark.slice(0, -1)}\n\n`), randomBytes(10)]);
    const bytes = Buffer.concat([body, Buffer.from(`\n${mark} 42\nlate`)]);
    for (let cut = 1; cut <= bytes.length; cut++) {
      const reader = new FrameReader(mark);
      for (let at = 0; at < bytes.length; at += cut) reader.push(bytes.subarray(at, at + cut));
      expect(reader.frame?.code).toBe(42);
      expect(reader.frame?.body.equals(body)).toBe(true);
    }
  });

  it("has no frame before the line is whole", () => {
    const reader = new FrameReader(mark);
    expect(reader.push(Buffer.from(`out\n${mark} 4`))).toBeUndefined();
    expect(reader.partial.toString()).toBe(`out\n${mark} 4`);
    expect(reader.push(Buffer.from("2\n"))).toMatchObject({ code: 42 });
  });
});

describe("frameCommand", () => {
  it.each([
    ["quotes and newlines", `printf '%s' "it's"\nprintf "%s" 'x"y'`, `it'sx"y`, 0],
    ["a changed shell", "cd /; X=1; set -e; exit 7", "", 7],
    ["a syntax error", "if then", "", 2],
    ["something that reads stdin", "cat; echo done", "done\n", 0],
    ["no newline at the end", "printf abc", "abc", 0],
    ["nothing", "", "", 0],
    ["a killed command", "sh -c 'kill -9 $$'", "", 137],
  ])("runs %s and the shell is as before", (_, script, stdout, code) => {
    const shell = spawnSync("/bin/sh", {
      input: `${frameCommand(mark, script)}${frameCommand("second", 'echo "$X$-"')}`,
    });
    const [first, second] = [new FrameReader(mark), new FrameReader("second")];
    const frame = first.push(shell.stdout);
    expect(frame?.body.toString()).toBe(stdout);
    expect(frame?.code).toBe(code);
    expect(second.push(frame?.rest ?? Buffer.alloc(0))?.body.toString()).not.toMatch(/1|e/);
  });
});
