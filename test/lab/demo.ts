import { spawn } from "node:child_process";
import { homedir } from "node:os";
import { LabError } from "./LabError.ts";
import { Lab } from "./lab.ts";
import { prove } from "./proof.ts";
import { explain } from "./shell.ts";
import { labUnavailable } from "./system.ts";

/** `npm run demo`: a lab, a cluster on it, and the proof that it works. Run again, it converges. */

const run = (command: string, args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });

async function demo(): Promise<number> {
  const unavailable = labUnavailable();
  if (unavailable !== null) throw new LabError(unavailable, 3);
  const start = performance.now();
  console.log("1/3  the lab: three machines, a mirror and a registry (the first time, what cannot be downloaded is built)\n");
  const lab = Lab.open("lab");
  await lab.up();
  console.log(`\n2/3  provision up -i ${lab.inventoryPath}\n`);
  const up = await run("npx", ["tsx", "src/cli/main.ts", "up", "-i", lab.inventoryPath, "--yes"]);
  if (up !== 0) return up;
  console.log("\n3/3  the proof: a workload asked from every node\n");
  const proofs = await prove(lab.inventoryPath, { cwd: process.cwd(), home: homedir(), env: process.env });
  for (const { ok, from, what, seen } of proofs)
    console.log(`  ${ok ? "ok    " : "FAILED"}  ${from.padEnd(6)}  ${what.padEnd(18)}  ${seen}`);
  const failed = proofs.filter((proof) => !proof.ok).length;
  const spent = Math.round((performance.now() - start) / 1000);
  console.log(
    `\n${proofs.length - failed} of ${proofs.length} answers are right, after ${Math.floor(spent / 60)} min ${spent % 60} s in all.`,
  );
  if (failed > 0) return 1;
  console.log(`
What to try next (provision is npx tsx src/cli/main.ts here, or the package's own command):
  npm run provision -- status -i ${lab.inventoryPath}
  npm run provision -- plan -i ${lab.inventoryPath} --diff      after an edit of ${lab.inventoryPath}
  npm run provision -- kubeconfig -i ${lab.inventoryPath} --merge
  npm run provision -- reset -i ${lab.inventoryPath}            takes the cluster off the machines again
To remove it all:
  npm run lab -- down`);
  return 0;
}

try {
  process.exitCode = await demo();
} catch (error) {
  console.error(`demo: ${explain(error)}`);
  process.exitCode = error instanceof LabError ? error.exitCode : 1;
}
