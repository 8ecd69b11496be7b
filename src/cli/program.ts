import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { roles } from "../../roles/index.ts";
import { loadInventory } from "../inventory/loadInventory.ts";
import type { ExitCode } from "../model/diagnostic.ts";
import { expand } from "../plan/expand.ts";
import { mermaid } from "../plan/mermaid.ts";
import { type BackupVerbOptions, backupVerb } from "./backup.ts";
import { certs, certsRenew } from "./certs.ts";
import type { CliIo } from "./cliIo.ts";
import { completion, type Shell, shells } from "./completion.ts";
import { addImages } from "./imagesCommand.ts";
import { initCommand } from "./init.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { packageRoot } from "./packageRoot.ts";
import { plan } from "./plan.ts";
import { preflight } from "./preflight.ts";
import type { CommonOptions } from "./prepare.ts";
import { reset } from "./reset.ts";
import { type RestoreVerbOptions, restoreVerb } from "./restore.ts";
import { rollback } from "./rollback.ts";
import { addRuns } from "./runsCommand.ts";
import { status } from "./status.ts";
import { up } from "./up.ts";
import { upgrade } from "./upgrade.ts";
import { validateCommand } from "./validate.ts";
import { verify } from "./verify.ts";

const examples = `
First steps:
  provision init                     write an inventory, by questions or flags
  provision validate -i rack-4       check it, without touching a machine
  provision plan -i rack-4 --diff    see every file, unit, image and restart
  provision up -i rack-4             do that, after asking
  provision kubeconfig -i rack-4 --merge

Exit codes: 0 done, nothing to do; 1 failed; 2 plan found changes; 3 blocked, nothing was changed.
An inventory is a file, a folder with cluster.yaml, or a name under ./inventories. PROVISION_INVENTORY is used when -i is not given.`;

/** Runs one command line. Resolves with the exit code; rejects with ProvisionError. */
export async function program(io: CliIo, argv: readonly string[]): Promise<number> {
  let exitCode: number = 0;
  const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { version: string };
  const root = new Command("provision")
    .description("Turns a list of Linux machines into a hardened Kubernetes cluster over SSH, and keeps it current node by node.")
    .version(version)
    .addHelpText("after", examples)
    .showSuggestionAfterError()
    // `certs -i` and `certs renew -i` are options of their own commands.
    .enablePositionalOptions()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr })
    .exitOverride();

  const fallback = io.env.PROVISION_INVENTORY ?? "cluster.yaml";
  const named = (name: string, summary: string): Command =>
    root
      .command(name)
      .description(summary)
      .option("-i, --inventory <path>", "inventory file, folder, or name under ./inventories", fallback);
  const verb = <O>(name: string, summary: string, run: (io: CliIo, options: O) => Promise<ExitCode>): Command =>
    named(name, summary).action(async (options: O) => {
      exitCode = await run(io, options);
    });
  const remote = (command: Command): Command =>
    command
      .option("--accept-new-host-keys", "remember the keys of hosts seen for the first time; a changed key is always refused")
      .option("--json", "for programs");
  const finish = (code: number): void => {
    exitCode = code;
  };

  root.addCommand(initCommand(io, finish).copyInheritedSettings(root));
  root.addCommand(validateCommand(io, finish).copyInheritedSettings(root));
  remote(
    verb("preflight", "check that the machines can be nodes of this cluster; changes nothing (exit 3: they cannot)", preflight),
  )
    .option("--details", "every answer: what was seen, and what was inferred from what")
    .option(
      "--feature <name>",
      "answer for this, too, though the inventory does not ask for it; again for more; all for all",
      together,
    )
    .option(
      "--deep",
      "bring bpftool from the catalog to each machine, for what else can only be inferred, and let trials load kernel modules; both are taken away again",
    )
    .option("--no-between", "send nothing from node to node");
  remote(
    verb("plan", "show what up would do, per node: files, units, images, restarts (exit 2: changes, 3: blocked)", plan),
  ).option("--diff", "with the texts that change");
  remote(verb("up", "make the cluster what the inventory says", up))
    .option("-y, --yes", "do not ask")
    .option("--diff", "with the texts that change")
    .option(
      "--parallel <steps>",
      "at most so many steps at once over all nodes, most waited for first (default: four on each node)",
      wholeNumber,
    );
  remote(verb("upgrade", "take a live cluster to the inventory's versions, node by node", upgrade))
    .option("--to <version>", "to this Kubernetes version, in place of the inventory's")
    .option("-y, --yes", "do not ask")
    .option("--details", "with every file, unit and image of every node")
    .option(
      "--os-packages",
      "in place of Kubernetes: packages of the operating system, node by node, with a restart where they ask for it",
    )
    .addOption(
      new Option("--restart <when>", "with --os-packages: restart a node").choices(["needed", "always"]).default("needed"),
    );
  remote(verb<BackupVerbOptions>("backup", "save etcd, keys and configuration here, tried before they count", backupVerb))
    .option("-o, --output <folder>", "the backup's own folder, a new one (default: beside the cluster's journals)")
    .option("--list", "the backups that are there (with -o: in that folder)");
  remote(named("restore", "bring lost control planes back from a backup"))
    .argument("<folder>", "the backup's folder")
    .option("--identity <file>", "private key file of age, for a backup that is encrypted")
    .option("--confirm <name>", "the cluster's name, instead of typing it")
    .option("--force-while-answering", "although a control plane answers: all of them are taken off and made from the backup")
    .action(async (folder: string, options: Omit<RestoreVerbOptions, "folder">) => {
      exitCode = await restoreVerb(io, { ...options, folder });
    });
  remote(verb("rollback", "put a node back to what it ran before an upgrade; without --node: every way back there is", rollback))
    .option("--node <name>", "this node: kubelet, containerd, API proxy, units, configuration")
    .option("--static-pods", "in place of those the control plane's static pods, where it is safe")
    .option("-y, --yes", "do not ask");
  const certificates = remote(verb("certs", "every certificate of the cluster and when it expires (exit 1: one is due)", certs))
    .option("--within <days>", "due is what expires within so many days (default: 30)", wholeNumber)
    .enablePositionalOptions();
  remote(
    certificates
      .command("renew")
      .description("renew kubeadm's certificates and restart what reads them, one control plane at a time")
      .option("-i, --inventory <path>", "inventory file, folder, or name under ./inventories", fallback),
  )
    .option("--node <name>", "only on this control plane")
    .option("-y, --yes", "do not ask")
    .action(async (options: CommonOptions) => {
      exitCode = await certsRenew(io, options);
    });
  remote(verb("verify", "every check and every condition, no action; for cron and CI", verify)).option(
    "--connectivity",
    "bring a pod to every node and ask from inside it: the others, a Service, cluster DNS, a NetworkPolicy; all are taken away again",
  );
  remote(verb("status", "nodes, their versions and their state", status));
  addRuns(io, root, fallback, finish);
  verb("kubeconfig", "print the administrator's kubeconfig, or merge it into yours", kubeconfig)
    .option("--accept-new-host-keys", "remember the keys of hosts seen for the first time")
    .option("--merge", "into --output, $KUBECONFIG or ~/.kube/config")
    .option("-o, --output <file>", "write to a file");
  addImages(io, root, fallback, finish);
  verb("graph", "the steps and what each comes after, as a mermaid diagram", graph).option("--nodes", "every step on every node");
  remote(verb("reset", "take a node, or the whole cluster, off the machines, which are left as they were found", reset))
    .option("--node <name>", "only this node: it is drained and leaves the cluster first")
    .option("--lost", "the node's machine is gone: only the cluster forgets it")
    .option("--confirm <name>", "the cluster's (or node's) name, instead of typing it");
  root
    .command("completion")
    .description("print a completion script: source <(provision completion bash)")
    .addArgument(new Argument("<shell>").choices(shells))
    .action((shell: Shell) => io.stdout(completion(root, shell)));

  try {
    await root.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    // commander has told the user already; 3, because nothing was touched.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 3;
    throw error;
  }
}

const together = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("a whole number from 1 on is meant.");
  return number;
}

async function graph(io: CliIo, options: { readonly inventory: string; readonly nodes?: boolean }): Promise<ExitCode> {
  const { cluster } = await loadInventory(options.inventory, { cwd: io.cwd, home: io.home });
  const steps = expand(cluster, roles).map(({ id, node, step, after }) => ({
    id,
    node: node?.name ?? null,
    after,
    summary: step.summary,
  }));
  io.stdout(mermaid(steps, { nodes: options.nodes ?? false }));
  return 0;
}
