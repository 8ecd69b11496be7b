import { Command } from "commander";
import { LabError } from "../LabError.ts";
import { Lab } from "../lab.ts";
import { cells, inCell } from "../matrix/cells.ts";
import { parseVersions } from "../naming.ts";
import { Progress } from "../progress.ts";
import { explain } from "../shell.ts";
import { labUnavailable } from "../system.ts";
import { evidence } from "./evidence.ts";
import { Stage } from "./stage.ts";
import { upgradeUnderTraffic } from "./upgradeUnderTraffic.ts";

/** `npm run lab:upgrade`: a live cluster goes to the next version while everybody asks it for something. Exit code 0 when nobody noticed. */

interface Flags {
  readonly name: string;
  readonly controlPlanes: string;
  readonly workers: string;
  readonly kubernetes: string;
  readonly cell?: string;
  readonly keep?: boolean;
  readonly rehearse?: boolean;
}

const stop = new AbortController();

async function run(flags: Flags): Promise<number> {
  const unavailable = labUnavailable();
  if (unavailable !== null) throw new LabError(unavailable, 3);
  const versions = parseVersions([flags.kubernetes]);
  const [from, to] = [versions[0], versions.at(-1)];
  const [controlPlanes, workers] = [Number(flags.controlPlanes), Number(flags.workers)];
  if (from === undefined || to === undefined || !(controlPlanes >= 1) || !(workers >= 2))
    throw new LabError("at least 1 control plane, and 2 workers: a drained one's pods go to another", 3);
  const cell = flags.cell === undefined ? null : cells.find(({ name }) => name === flags.cell);
  if (cell === undefined) throw new LabError(`--cell is one of: ${cells.map(({ name }) => name).join("; ")}`, 3);
  const lab = Lab.open(flags.name, new Progress());
  if (!flags.keep) await lab.down();
  try {
    const networks = cell?.networks ?? [];
    await lab.up({ topology: { controlPlanes, workers }, kubernetes: versions, networks, artifacts: "mirror" });
    const stage = new Stage(lab, stop.signal, cell === null ? undefined : inCell(cell));
    console.log(`everything of this run stays in ${stage.folder}`);
    try {
      const problems = await upgradeUnderTraffic(stage, { from, to, rehearse: flags.rehearse === true });
      if (problems.length === 0) return 0;
      console.log(`\nFAILED:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
      return 1;
    } finally {
      await evidence(stage);
      console.log(`logs, journals and counts: ${stage.folder}`);
    }
  } finally {
    if (!flags.keep) await lab.down();
  }
}

const program = new Command("lab:upgrade")
  .description("upgrades a cluster of lab machines under traffic, counts what was lost, and compares with the same done by hand")
  .option("--name <name>", "which lab", "upgrade")
  .option("--control-planes <count>", "fewer than 3: the API is not expected to answer all the time", "3")
  .option("--workers <count>", "at least 2", "3")
  .option("--kubernetes <versions>", "the first is upgraded to the last", "1.35.4,1.36.4")
  .option("--cell <cell>", 'network and kube-proxy mode, as the matrix names them: "calico, iptables"; absent: the lab\'s own')
  .option("--keep", "take the lab as it stands, and leave it standing")
  .option("--rehearse", "no upgrade: only drain and restart by hand, under the same traffic")
  .action(async (flags: Flags) => {
    process.exitCode = await run(flags);
  });

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130);
    console.error("\nstopping: the lab is taken down first; once more leaves at once");
    stop.abort();
  });
try {
  await program.parseAsync();
} catch (error) {
  console.error(`lab:upgrade: ${explain(error)}`);
  process.exitCode = error instanceof LabError ? error.exitCode : 1;
}
process.exit();
