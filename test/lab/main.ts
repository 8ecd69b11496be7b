import { existsSync } from "node:fs";
import { Command } from "commander";
import { DEFAULT_KUBERNETES } from "./bringUp.ts";
import { buildNamed } from "./buildEverything.ts";
import { parseNetworks } from "./builds/networks.ts";
import { cachePath, cacheRoot } from "./cache.ts";
import { LabError } from "./LabError.ts";
import { Lab } from "./lab.ts";
import { parseVersions } from "./naming.ts";
import { Progress } from "./progress.ts";
import { explain, interrupt, interrupted, sh } from "./shell.ts";
import { printStatus } from "./status.ts";
import { labUnavailable } from "./system.ts";
import { vmShape } from "./vm.ts";
import { DEFAULT_VM_KERNEL, VM_KERNELS } from "./vmKernel.ts";

const progress = new Progress();
const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function count(value: string): number {
  if (/^\d{1,3}$/.test(value)) return Number(value);
  throw new LabError(`"${value}" is no number of nodes`);
}

interface UpFlags {
  readonly name: string;
  readonly controlPlanes?: number;
  readonly workers?: number;
  readonly vms?: number;
  readonly vmKernel: string;
  readonly kubernetes?: readonly string[];
  readonly network?: readonly string[];
  readonly artifacts: string;
}

function artifactsFrom(value: string): "auto" | "mirror" | "official" {
  if (value === "auto" || value === "mirror" || value === "official") return value;
  throw new LabError(`--artifacts is auto, mirror or official, not "${value}"`);
}

async function up(flags: UpFlags): Promise<void> {
  const lab = Lab.open(flags.name, progress);
  const given = flags.controlPlanes !== undefined || flags.workers !== undefined || flags.vms !== undefined;
  const vms = Array.from({ length: flags.vms ?? 0 }, () => vmShape({ kernel: flags.vmKernel }));
  await lab.up({
    ...(given ? { topology: { controlPlanes: flags.controlPlanes ?? 1, workers: flags.workers ?? 2, vms } } : {}),
    ...(flags.kubernetes === undefined ? {} : { kubernetes: parseVersions(flags.kubernetes) }),
    ...(flags.network === undefined ? {} : { networks: flags.network }),
    artifacts: artifactsFrom(flags.artifacts),
  });
  progress.say(`lab ${lab.name} is up: ${lab.nodes.map((node) => `${node.name} ${node.address}`).join(", ")}`);
  console.log(
    `inventory  ${lab.inventoryPath}\nlog in     ssh -i ${lab.keyPath} -o UserKnownHostsFile=${lab.knownHostsPath} root@${lab.nodes[0]?.address}`,
  );
}

async function down(flags: { readonly name: string }): Promise<void> {
  const lab = Lab.open(flags.name, progress);
  const existed = lab.exists || existsSync(lab.folder);
  await lab.down();
  progress.say(
    existed ? `lab ${lab.name} is gone; nothing of it is left (builds stay in ${cacheRoot()})` : `lab ${lab.name} is not up`,
  );
}

async function build(
  names: readonly string[],
  flags: { readonly kubernetes?: readonly string[]; readonly network?: readonly string[]; readonly dropGoCache?: boolean },
): Promise<void> {
  const kubernetes = parseVersions(flags.kubernetes ?? [DEFAULT_KUBERNETES]);
  await buildNamed({ kubernetes, networks: parseNetworks(flags.network ?? []) }, names, progress);
  if (flags.dropGoCache === true) await sh`go clean -cache -modcache`;
  progress.say(`built; see ${cachePath("builds")}`);
}

const program = new Command("lab").description(
  "real machines on this one: systemd, SSH, a mirror and a registry, for trying provision and for its tests",
);
const name = ["--name <name>", "which lab; labs live side by side", "lab"] as const;
const versions = [
  "--kubernetes <versions>",
  `Kubernetes versions to serve, comma list or repeated; the first is the inventory's (${DEFAULT_KUBERNETES})`,
] as const;
const networks = [
  "--network <networks>",
  "networks to serve beside flannel, comma list or repeated: calico, canal, cilium, cilium@1.18.5, flannel (the one before too), multus, retina (a stand-in), all",
] as const;
program
  .command("up")
  .description("build what is missing, boot the nodes, serve the mirror, write the inventory; again: converge")
  .option(...name)
  .option("--control-planes <count>", "control-plane nodes (1)", count)
  .option("--workers <count>", "worker nodes (2)", count)
  .option("--vms <count>", "virtual machines beside them, with a kernel of their own (0)", count)
  .option("--vm-kernel <series>", `${Object.keys(VM_KERNELS).join(", ")}: Debian's`, DEFAULT_VM_KERNEL)
  .option(...versions, collect)
  .option(...networks, collect)
  .option(
    "--artifacts <from>",
    "auto: official releases where they can be reached, else own builds; or mirror, or official",
    "auto",
  )
  .action(up);
program
  .command("down")
  .description("stop and remove everything of the lab; builds stay cached")
  .option(...name)
  .action(down);
program
  .command("status")
  .description("nodes, servers, builds")
  .option(...name)
  .action((flags: { name: string }) => printStatus(Lab.open(flags.name, progress)));
program
  .command("build")
  .description("build components without a lab (none named: all that a cluster needs)")
  .argument("[components...]", "kubernetes, containerd, runc, etcd, coredns, flannel, calico, …, rootfs")
  .option(...versions, collect)
  .option(...networks, collect)
  .option("--drop-go-cache", "empty Go's own build and module caches afterwards")
  .action(build);

function stop(): void {
  if (interrupted()) process.exit(130);
  console.error("\nstopping …");
  interrupt();
}

process.on("SIGINT", stop);
process.on("SIGTERM", stop);
try {
  const unavailable = labUnavailable();
  const asksForHelp =
    process.argv.slice(2).some((word) => word === "--help" || word === "-h" || word === "help") || process.argv.length < 3;
  if (unavailable !== null && !asksForHelp) throw new LabError(unavailable, 3);
  await program.parseAsync();
  process.exit(0);
} catch (error) {
  if (interrupted()) {
    console.error("stopped. `lab up` goes on from here, `lab down` removes what there is.");
    process.exit(130);
  }
  console.error(`lab: ${explain(error)}`);
  process.exit(error instanceof LabError ? error.exitCode : 1);
}
