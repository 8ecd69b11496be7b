#!/usr/bin/env node
import { homedir } from "node:os";
import { ProvisionError } from "../model/diagnostic.ts";
import type { CliIo } from "./cliIo.ts";
import { printDiagnostics } from "./printDiagnostics.ts";
import { processIo } from "./processIo.ts";
import { program } from "./program.ts";

/** The process around the verbs: arguments in, exit code out. A mistake of this program is the only thing that shows a stack. */
async function main(io: CliIo, argv: readonly string[]): Promise<number> {
  try {
    return await program(io, argv);
  } catch (error) {
    if (error instanceof ProvisionError) {
      printDiagnostics(io, error.diagnostics, { json: argv.includes("--json") });
      return error.exitCode;
    }
    io.stderr(`provision: internal error, please report it: ${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

const io = processIo(process, homedir());
process.exitCode = await main(io, process.argv.slice(2));
