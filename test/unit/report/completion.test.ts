import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { expect, onTestFinished, test } from "vitest";
import { completion, completionCommand, type Shell } from "../../../src/cli/completion.ts";

function program(): Command {
  const root = new Command("provision").description("clusters").option("-i, --inventory <file>", "the inventory's file");
  root.command("plan").description("show: what's to do").option("--diff", "whole texts").option("--json", "for programs");
  root.addCommand(completionCommand({ stdout: () => {} }, root));
  const node = root.command("node").description("single nodes");
  node.command("remove").description("take a node out").option("--force", "even when it's gone");
  return root;
}

const script = (shell: Shell): string => completion(program(), shell);

/** What bash offers at the end of `line`, sorted. */
function bashOffers(line: string): readonly string[] {
  const words = line.split(" ");
  const run = `${script("bash")}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
_provision; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", run], { encoding: "utf8", cwd: import.meta.dirname });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout
    .split("\n")
    .filter((word) => word !== "")
    .sort();
}

test.each([
  ["provision ", ["--help", "--inventory", "-h", "-i", "completion", "help", "node", "plan"]],
  ["provision p", ["plan"]],
  ["provision completion b", ["bash"]],
  ["provision plan --", ["--diff", "--help", "--json"]],
  ["provision -i some.yaml plan --d", ["--diff"]],
  ["provision node ", ["--help", "-h", "help", "remove"]],
  ["provision node remove --f", ["--force"]],
  ["provision --inventory completion.t", ["completion.test.ts"]],
])("bash offers for '%s'", (line, offers) => {
  expect(bashOffers(line)).toEqual(offers);
});

test.each(["zsh", "fish"] as const)("%s can read its script", (shell) => {
  const folder = mkdtempSync(join(tmpdir(), "provision-completion-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "script");
  writeFileSync(path, script(shell));
  const { error, status, stderr } = spawnSync(shell, ["-n", path], { encoding: "utf8" });
  // Where the shell is not installed, what is known is that each word is offered with its help, quoted.
  if (error === undefined) expect([status, stderr]).toEqual([0, ""]);
  expect(script(shell)).toContain(shell === "zsh" ? "'plan:show: what'\\''s to do'" : "-a 'plan' -d 'show: what\\'s to do'");
});

test("a program whose name is not a word is refused", () => {
  expect(() => completion(new Command("x; rm -rf"), "bash")).toThrow("no completion");
});
