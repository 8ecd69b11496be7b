import { execFileSync } from "node:child_process";
import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Fact, FactError, readFacts } from "../../../src/facts/fact.ts";
import { existsFact, fileFact } from "../../../src/facts/files.ts";
import { lookScript, readLook } from "../../../src/facts/lookScript.ts";
import { unitFact } from "../../../src/facts/systemd.ts";
import { sh } from "../../../src/host/sh.ts";

const look = (facts: readonly Fact<unknown>[], nonce = "nonce-1") =>
  readLook(facts, nonce, execFileSync("sh", ["-c", lookScript(facts, nonce).text], { encoding: "utf8" }));

const folder = mkdtempSync(join(tmpdir(), "provision-look-"));
const path = (name: string): string => join(folder, name);

describe("one look answers many questions", () => {
  test("a file's mode, digest and text; a link; a folder; nothing", () => {
    writeFileSync(path("it's a file"), "hello\n", { mode: 0o640 });
    symlinkSync("/nowhere at all", path("link"));
    const spec = {
      file: fileFact(path("it's a file"), true),
      link: fileFact(path("link"), false),
      folder: fileFact(folder, false),
      none: fileFact(path("none"), true),
    };
    const seen = readFacts(spec, look(Object.values(spec)));
    expect(seen.file).toMatchObject({
      kind: "file",
      mode: "640",
      sha256: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
      content: "hello\n",
    });
    expect(seen.link).toEqual({ kind: "link", target: "/nowhere at all" });
    expect(seen.folder).toEqual({ kind: "other", what: "directory" });
    expect(seen.none).toEqual({ kind: "absent" });
  });

  test("a secret's text is never asked for", () => {
    writeFileSync(path("secret"), "hunter2");
    const fact = fileFact(path("secret"), false);
    const reply = look([fact]).get(fact.key);
    expect(reply?.stdout).not.toContain(Buffer.from("hunter2").toString("base64"));
  });

  test("a probe that fails, exits or reads its input does not disturb the next one", () => {
    const facts: Fact<string>[] = ["exit 7", "cat", "false", "echo last"].map((text) => ({
      key: text,
      script: sh.raw(text),
      parse: ({ code, stdout }) => `${code} ${stdout}`,
    }));
    const replies = look(facts);
    expect(facts.map((fact) => readFacts({ fact }, replies).fact)).toEqual(["7 ", "0 ", "1 ", "0 last\n"]);
  });

  test("the same fact asked for twice is looked up once", () => {
    const fact: Fact<string> = { key: "a", script: sh.raw(`echo x >>${path("count")}`), parse: ({ stdout }) => stdout };
    look([fact, { ...fact }]);
    expect(execFileSync("cat", [path("count")], { encoding: "utf8" })).toBe("x\n");
  });

  test("a frame that a file's content imitates does not end it early, as the nonce is not known to it", () => {
    const fact: Fact<string> = { key: "a", script: sh.raw("printf 'nonce-2 end 0\\nmore'"), parse: ({ stdout }) => stdout };
    expect(readFacts({ fact }, look([fact])).fact).toBe("nonce-2 end 0\nmore");
  });

  test("a look that was cut off is an error, not a set of empty answers", () => {
    const facts = [existsFact(["/etc"]), existsFact(["/usr"])];
    const whole = execFileSync("sh", ["-c", lookScript(facts, "n").text], { encoding: "utf8" });
    expect(() => readLook(facts, "n", whole.slice(0, whole.length / 2))).toThrow(FactError);
  });

  test("a unit that never started has no start record", () => {
    const seen = unitFact("x.service").parse({
      code: 0,
      stdout: "LoadState=not-found\nActiveState=inactive\nUnitFileState=\nNeedDaemonReload=no\n\n",
    });
    expect(seen).toEqual({ load: "not-found", active: "inactive", enabled: "", needsReload: false, startedWith: "" });
  });
});
