import { certificatesFact } from "../facts/upgradeMachine.ts";
import { controlPlanes, isControlPlane, type NodeSpec } from "../model/cluster.ts";
import { type Diagnostic, type ExitCode, ProvisionError } from "../model/diagnostic.ts";
import { jsonText } from "../plan/renderText.ts";
import { type CertificateRow, certificateRows, renderCertificates } from "../report/renderCertificates.ts";
import { takeLock } from "../run/lock.ts";
import { lookAtHost, nodeDiagnostic } from "../run/look.ts";
import { renewCertificates } from "../run/renewCertificates.ts";
import { approved } from "./approved.ts";
import type { CliIo } from "./cliIo.ts";
import { openRun } from "./openRun.ts";
import { type CommonOptions, type Prepared, prepare } from "./prepare.ts";
import { printDiagnostics } from "./printDiagnostics.ts";

/**
 * Days before its end from which a certificate is due. kubeadm's last a year; a kubelet asks for its next one when 10 to 30 % of the year
 * are left (client-go, util/certificate: nextRotationDeadline), so one with less than 30 days was not renewed as it should have been.
 */
const defaultWithin = 30;

export interface CertsOptions extends CommonOptions {
  readonly within?: number;
  readonly json?: boolean;
}

/** Every certificate of the cluster and when it ends. 0 all last longer than `within` days, 1 one does not or a machine did not answer. */
export async function certs(io: CliIo, options: CertsOptions): Promise<ExitCode> {
  const within = options.within ?? defaultWithin;
  const prepared = await prepare(io, options);
  const { cluster } = prepared;
  try {
    const { rows, diagnostics } = await lookAtCertificates(prepared, cluster.nodes, within);
    if (options.json)
      io.stdout(
        `${jsonText({ apiVersion: "provision/certificates/v1", cluster: cluster.name, within, certificates: rows, diagnostics })}\n`,
      );
    else {
      printDiagnostics(io, diagnostics, { json: false });
      io.stdout(renderCertificates(rows, { within, color: io.color, width: io.width }));
    }
    return diagnostics.length === 0 && rows.every(({ urgency }) => urgency === "fine") ? 0 : 1;
  } finally {
    await prepared.close();
  }
}

async function lookAtCertificates(
  { world }: Prepared,
  nodes: readonly NodeSpec[],
  within: number,
): Promise<{ rows: readonly CertificateRow[]; diagnostics: readonly Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const rows = await Promise.all(
    nodes.map(async ({ name }) => {
      try {
        const replies = await world.sessions.with(name, (host) => lookAtHost(host, [certificatesFact]));
        const reply = replies.get(certificatesFact.key);
        return reply === undefined
          ? []
          : certificateRows(name, certificatesFact.parse(reply), Math.floor(Date.now() / 1000), within);
      } catch (error) {
        diagnostics.push(nodeDiagnostic(name, error));
        return [];
      }
    }),
  );
  return { rows: rows.flat(), diagnostics };
}

export interface RenewOptions extends CommonOptions {
  readonly node?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Renews kubeadm's certificates, one control plane at a time. 0 done, 1 failed or stopped, 3 refused or not approved. */
export async function certsRenew(io: CliIo, options: RenewOptions): Promise<ExitCode> {
  const prepared = await prepare(io, options);
  const { cluster, world, cache, owner } = prepared;
  try {
    const planes = chosen(prepared, options.node);
    const { rows, diagnostics } = await lookAtCertificates(prepared, controlPlanes(cluster), defaultWithin);
    if (diagnostics.length > 0) throw new ProvisionError(diagnostics, 3);
    const renewable = rows.filter(({ renewedBy }) => renewedBy === "certs renew");
    const mine = renewable.filter(({ node }) => planes.some(({ name }) => name === node));
    const expired = renewable.some(({ urgency }) => urgency === "expired");
    if (!options.json) {
      io.stdout(renderCertificates(mine, { within: defaultWithin, color: io.color, width: io.width }));
      io.stdout(told(planes, controlPlanes(cluster).length, expired));
    }
    if (!(await approved(io, options))) return 3;

    const lock = await takeLock(world, owner);
    const run = openRun(io, prepared, options.json ?? false);
    const stop = new AbortController();
    const unsubscribe = io.onInterrupt(() => {
      stop.abort();
      run.emit({ type: "note", message: "stopping: the control plane whose turn it is ends it first" });
    });
    lock.lost.addEventListener("abort", () => stop.abort());
    let done = false;
    try {
      const steps = planes.map(({ name }) => ({ id: `certs/renew@${name}`, node: name, summary: "renew its certificates" }));
      run.emit({ type: "run-started", verb: "certs renew", cluster: cluster.name, steps });
      done = await renewCertificates(planes, { world, cache, emit: run.emit, stop: stop.signal, expired });
    } finally {
      unsubscribe();
      await lock.release();
      const outcome = done ? "done" : stop.signal.aborted ? "interrupted" : "failed";
      run.emit({ type: "run-ended", outcome, seconds: run.seconds(), left: [] });
      await run.close();
    }
    if (options.json) return done ? 0 : 1;
    if (done)
      io.stdout(
        `admin.conf is new, too; copies of the old one go on until it expires: provision kubeconfig --merge -i ${options.inventory}\n`,
      );
    else io.stderr(`Run the same command again to go on. Journal: ${run.journal}\n`);
    return done ? 0 : 1;
  } finally {
    await prepared.close();
  }
}

function chosen({ cluster }: Prepared, name: string | undefined): readonly NodeSpec[] {
  if (name === undefined) return controlPlanes(cluster);
  const node = cluster.nodes.find((one) => one.name === name);
  if (node !== undefined && isControlPlane(node)) return [node];
  const [code, message, hint] =
    node === undefined
      ? ["certs/no-such-node", `${name} is not in the inventory`, "names are those of the inventory"]
      : [
          "certs/no-control-plane",
          `${name} has none of kubeadm's certificates`,
          "a kubelet asks for its own; provision up approves them",
        ];
  const seen = controlPlanes(cluster)
    .map((one) => one.name)
    .join(", ");
  throw new ProvisionError([{ severity: "error", code, message, place: { file: cluster.source }, seen, hint }], 3);
}

function told(planes: readonly NodeSpec[], all: number, expired: boolean): string {
  const names = planes.map(({ name }) => name).join(", ");
  const during = all === 1 ? "the API does not answer for about a minute" : "the other control planes answer meanwhile";
  return `
Renew on ${names}, one at a time:
  1. ${expired ? "nothing is asked before: a certificate has expired, and nothing answers by it" : "check: etcd's members, the static pods, the other API servers"}
  2. kubeadm certs renew all; CAs and the kubelets' own certificates are left as they are
  3. restart etcd, kube-apiserver, kube-controller-manager, kube-scheduler, each when the one before is back; ${during}
  4. check: etcd's members, the static pods
`;
}
