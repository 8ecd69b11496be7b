import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labUnavailable } from "./lab/system.ts";

/** Everything: format and lint, types, unit, SSH and lab scenarios. Prints "N passed, N failed" last; exit 1 when anything failed. */

const results = mkdtempSync(join(tmpdir(), "provision-test-"));
const run = (command: string, args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });

let [passed, failed] = [0, 0];
const check = async (name: string, command: string, args: readonly string[]): Promise<void> => {
  const code = await run(command, args);
  if (code === 0) passed += 1;
  else {
    failed += 1;
    console.log(`failed: ${name}`);
  }
};

/** A project that ends with an error but counts no failed test (a file that does not load, an unhandled rejection) is one failure. */
const vitest = async (project: string): Promise<void> => {
  const file = join(results, `${project}.json`);
  const code = await run("npx", [
    "vitest",
    "run",
    "--project",
    project,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ]);
  const counted = JSON.parse(readFileSync(file, "utf8")) as { numPassedTests: number; numFailedTests: number };
  passed += counted.numPassedTests;
  failed += code !== 0 && counted.numFailedTests === 0 ? 1 : counted.numFailedTests;
};

await check("format and lint", "npx", ["biome", "check", "."]);
await check("types", "npx", ["tsc", "--noEmit"]);
await check("build", "npm", ["run", "--silent", "build"]);
await vitest("unit");
await vitest("ssh");
const why = labUnavailable();
if (why === null) await vitest("lab");
else console.log(`Left out: the lab scenarios, because ${why}`);
rmSync(results, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
