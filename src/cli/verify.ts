import type { Diagnostic, ExitCode } from "../model/diagnostic.ts";
import { changesOf, isBlocked, type Plan } from "../plan/plan.ts";
import { errorsOf, stepName } from "../plan/renderPlan.ts";
import { verifyOnce } from "../run/verifyOnce.ts";
import type { CliIo } from "./cliIo.ts";
import { lookAndPlan } from "./lookAndPlan.ts";
import { type CommonOptions, prepare } from "./prepare.ts";
import { printDiagnostics } from "./printDiagnostics.ts";

export interface VerifyOptions extends CommonOptions {
  readonly json?: boolean;
}

/** Every check and every condition, once, no action. 0 all hold, 1 some do not, 3 blocked (a machine does not answer, …). For cron and CI. */
export async function verify(io: CliIo, options: VerifyOptions): Promise<ExitCode> {
  const prepared = await prepare(io, options);
  try {
    const { plan } = await lookAndPlan(prepared);
    const found: Diagnostic[] = [...errorsOf(plan), ...drift(plan), ...(isBlocked(plan) ? [] : await verifyOnce(prepared))];
    if (found.length > 0 || options.json) printDiagnostics(io, found, { json: options.json ?? false });
    if (found.length === 0 && !options.json)
      io.stdout(`ok: ${prepared.cluster.nodes.length} nodes are as the inventory says, and everything asked of them holds\n`);
    if (isBlocked(plan)) return 3;
    return found.length === 0 ? 0 : 1;
  } finally {
    await prepared.close();
  }
}

/** What is not as the inventory says, as things to tell. */
const drift = (plan: Plan): readonly Diagnostic[] =>
  plan.steps.flatMap((step) =>
    changesOf(step).map(
      (change): Diagnostic => ({
        severity: "error",
        code: "verify/differs",
        message: `${change.what} ${change.target} is not as the inventory says`,
        place: { step: stepName(step), ...(step.node === null ? {} : { node: step.node }) },
        ...(change.detail === undefined ? {} : { seen: change.detail }),
        hint: "provision plan --diff shows the difference, provision up mends it",
      }),
    ),
  );
