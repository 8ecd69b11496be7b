import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { Command } from "commander";
import { readInventory } from "../inventory/loadInventory.ts";
import { defaultAnswers, type InventoryAnswers, writeInventory } from "../inventory/writeInventory.ts";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import type { CliIo } from "./cliIo.ts";
import { printDiagnostics } from "./printDiagnostics.ts";

interface InitOptions {
  readonly name?: string;
  readonly controlPlane: readonly string[];
  readonly worker: readonly string[];
  readonly user?: string;
  readonly identityFile?: string;
  readonly kubernetes: string;
  readonly mirror?: string;
  readonly output?: string;
  readonly force?: boolean;
}

const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value];

/** `provision init`: writes an inventory that loads, from flags or from answers on a terminal. */
export const initCommand = (io: CliIo, finish: (code: number) => void): Command =>
  new Command("init")
    .description("write an inventory, by questions or flags")
    .option("--name <name>", "name of the cluster")
    .option("--control-plane <name=address>", "a control plane; repeat for more", collect, [])
    .option(
      "--worker <name=address>",
      "a worker; repeat for more; a name that is also a control plane has both roles",
      collect,
      [],
    )
    .option("--user <user>", "login name on the machines")
    .option("--identity-file <file>", "private key; without one the SSH agent is asked")
    .option("--kubernetes <version>", "Kubernetes version", defaultAnswers.kubernetes)
    .option("--mirror <url>", "take artifacts from this mirror instead of the official places")
    .option("--output <file>", "where to write (default: inventories/<name>/cluster.yaml)")
    .option("--force", "overwrite a file that is there")
    .action(async (options: InitOptions) => finish(await init(io, options)));

async function init(io: CliIo, options: InitOptions): Promise<0> {
  const said = options.controlPlane.length === 0 && io.isTty ? await askFor(io, options) : fromFlags(options);
  // A path on a command line starts at the working folder; in an inventory it would start at the inventory's.
  const answers = { ...said, identityFile: said.identityFile?.replace(/^(?!~|\/)/, `${io.cwd}/`) ?? null };
  const text = writeInventory(answers);
  const file = resolve(io.cwd, options.output ?? join("inventories", pathPart(answers.name), "cluster.yaml"));
  const shown = relative(io.cwd, file).startsWith("..") ? file : relative(io.cwd, file);
  const warnings = check(text, file, shown, io.home);
  await write(file, shown, text, options.force ?? false);
  if (warnings.length > 0) printDiagnostics(io, warnings, { json: false });
  io.stdout(`wrote ${shown}\nnext: provision plan -i ${shown}\n`);
  return 0;
}

function fromFlags(options: InitOptions): InventoryAnswers {
  if (options.controlPlane.length === 0)
    throw refuse("init/no-control-plane", "no control plane is named", "say --control-plane name=address, once or three times");
  return {
    name: options.name ?? defaultAnswers.name,
    kubernetes: options.kubernetes,
    user: options.user ?? defaultAnswers.user,
    identityFile: options.identityFile ?? null,
    mirror: options.mirror ?? null,
    nodes: readNodes(options.controlPlane, options.worker),
  };
}

async function askFor(io: CliIo, options: InitOptions): Promise<InventoryAnswers> {
  const list = (answer: string): string[] => answer.split(/[\s,]+/).filter((word) => word !== "");
  const name = options.name ?? (await io.ask("Name of the cluster", defaultAnswers.name));
  const controlPlanes = list(await io.ask("Control planes, one or three, as name=address or address"));
  const workers =
    options.worker.length > 0
      ? options.worker
      : list(await io.ask("Workers, the same way (none: control planes do the work)", ""));
  const user = options.user ?? (await io.ask("Login name on the machines", defaultAnswers.user));
  const identityFile = options.identityFile ?? (await io.ask("Private key file (none: the SSH agent)", ""));
  return fromFlags({
    ...options,
    name,
    controlPlane: controlPlanes,
    worker: workers,
    user,
    ...(identityFile === "" ? {} : { identityFile }),
  });
}

function readNodes(controlPlanes: readonly string[], workers: readonly string[]): InventoryAnswers["nodes"] {
  const nodes = new Map<string, { name: string; address: string; roles: string[] }>();
  const add = (text: string, fallback: string, roles: readonly string[]): void => {
    const [name, address] = text.includes("=")
      ? [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]
      : [fallback, text];
    const key = `${name}=${address}`;
    nodes.set(key, { name, address, roles: [...(nodes.get(key)?.roles ?? []), ...roles] });
  };
  const both = workers.length === 0 ? ["control-plane", "worker"] : ["control-plane"];
  for (const [index, text] of controlPlanes.entries()) add(text, `cp-${index + 1}`, both);
  for (const [index, text] of workers.entries()) add(text, `w-${index + 1}`, ["worker"]);
  return [...nodes.values()];
}

/** Loads what would be written; its warnings. Lines of a text that nobody sees yet are left out of errors. */
function check(text: string, file: string, shown: string, home: string): readonly Diagnostic[] {
  try {
    return readInventory(Buffer.from(text), { source: shown, folder: dirname(file), home }).warnings;
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    throw new ProvisionError(
      error.diagnostics.map((one) => ({ ...one, place: {} })),
      3,
    );
  }
}

async function write(file: string, shown: string, text: string, force: boolean): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST")
      throw refuse("init/exists", `${shown} is there already`, "choose another --output, or overwrite it with --force");
    throw refuse("init/not-written", `${shown} cannot be written`, "check the folder and its permissions", code);
  }
}

/** The name is checked as a DNS label when the text is loaded; until then no part of it may lead elsewhere. */
const pathPart = (name: string): string => name.replaceAll(/[^A-Za-z0-9-]/g, "_");

const refuse = (code: string, message: string, hint: string, seen?: string): ProvisionError =>
  new ProvisionError([{ severity: "error", code, message, place: {}, hint, ...(seen !== undefined && { seen }) }], 3);
