import { connect } from "node:tls";
import { parse } from "yaml";
import type { PlanDocument } from "../../../src/plan/planJson.ts";
import type { Scenario } from "./scenario.ts";

/** "containerd/config@w-1: update file /etc/crictl.yaml", for everything a plan would change. */
export async function plannedChanges(it: Scenario, inventory: string, code = 2): Promise<readonly string[]> {
  const { stdout } = await it.expectRun(code, ["plan", "--json", "-i", inventory]);
  const plan = JSON.parse(stdout) as PlanDocument;
  return plan.steps.flatMap((step) =>
    step.changes.map((change) => `${step.id}: ${change.action} ${change.what} ${change.target}`),
  );
}

export interface AuditLine {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly userAgent: string;
  readonly objectRef?: { readonly resource: string; readonly name?: string; readonly namespace?: string };
  readonly requestObject?: unknown;
  /** ISO 8601. */
  readonly stageTimestamp: string;
}

/** The API server's audit log, from `since` (ISO 8601) on. */
export async function auditLog(it: Scenario, since = "", node = "cp-1"): Promise<readonly AuditLine[]> {
  const text = await it.on(node, "cat /var/log/kubernetes/audit/audit.log");
  return text
    .split("\n")
    .map((line) => JSON.parse(line) as AuditLine)
    .filter((line) => line.stageTimestamp >= since);
}

/** The cluster's CA out of a kubeconfig, as PEM. */
export function caOf(kubeconfig: string): string {
  const [cluster] = (parse(kubeconfig) as { clusters: { cluster: { "certificate-authority-data": string } }[] }).clusters;
  return Buffer.from(cluster?.cluster["certificate-authority-data"] ?? "", "base64").toString();
}

/** Common name of the certificate that a TLS server shows; rejects when `ca` did not sign it for that address. */
export function servedName(host: string, port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ca }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
