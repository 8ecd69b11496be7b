import { corednsImage } from "../../roles/clusterImages.ts";
import { HostError } from "../host/host.ts";
import { type Diagnostic, type ExitCode, ProvisionError } from "../model/diagnostic.ts";
import { partsOf } from "../network/parts.ts";
import { changesOf, isBlocked, type Plan } from "../plan/plan.ts";
import { errorsOf, stepName } from "../plan/renderPlan.ts";
import { connectivityText } from "../report/connectivityText.ts";
import { pinnedImage } from "../role/artifactOf.ts";
import { type Connectivity, connectivity } from "../run/connectivity.ts";
import { failureDiagnostics } from "../run/failureDiagnostics.ts";
import { StepFailure } from "../run/stepFailure.ts";
import { verifyOnce } from "../run/verifyOnce.ts";
import type { CliIo } from "./cliIo.ts";
import { lookAndPlan } from "./lookAndPlan.ts";
import { type CommonOptions, type Prepared, prepare } from "./prepare.ts";
import { printDiagnostics } from "./printDiagnostics.ts";

export interface VerifyOptions extends CommonOptions {
  readonly json?: boolean;
  /** Bring a pod to every node and ask from inside it. */
  readonly connectivity?: boolean;
}

/** Every check and every condition, once; no action but the probe pods of --connectivity, which are gone at the end. 0 all hold, 1 some do not, 3 blocked (a machine does not answer, …). For cron and CI. */
export async function verify(io: CliIo, options: VerifyOptions): Promise<ExitCode> {
  const prepared = await prepare(io, options);
  try {
    const { plan } = await lookAndPlan(prepared);
    const found: Diagnostic[] = [
      ...errorsOf(plan),
      ...drift(plan),
      ...(isBlocked(plan) ? [] : await verifyOnce({ ...prepared, bringPods: options.connectivity === true })),
    ];
    const asked = options.connectivity === true && found.length === 0 ? await askPods(io, prepared) : null;
    found.push(...(asked?.diagnostics ?? []));
    if (asked !== null && !options.json)
      io.stdout(
        connectivityText(
          asked,
          partsOf(prepared.cluster)
            .map(({ name }) => name)
            .join(" and ") || "no network",
        ),
      );
    if (found.length > 0 || options.json) printDiagnostics(io, found, { json: options.json ?? false });
    if (found.length === 0 && !options.json)
      io.stdout(`ok: ${prepared.cluster.nodes.length} nodes are as the inventory says, and everything asked of them holds\n`);
    if (isBlocked(plan)) return 3;
    return found.length === 0 ? 0 : 1;
  } finally {
    await prepared.close();
  }
}

async function askPods(io: CliIo, { world, target, cluster }: Prepared): Promise<Connectivity> {
  if (cluster.network.cni.name === "none")
    throw new ProvisionError(
      [
        {
          severity: "error",
          code: "connectivity/no-network",
          message: "the inventory brings no network (network.cni.name: none)",
          place: { file: cluster.source },
        },
      ],
      3,
    );
  try {
    return await connectivity(world, pinnedImage(target, corednsImage(target)).pinned, (text) => io.stderr(`${text}\n`));
  } catch (error) {
    if (error instanceof StepFailure || error instanceof HostError)
      throw new ProvisionError(failureDiagnostics({ step: "verify", node: null }, error), 1);
    throw error;
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
