import { sh } from "../host/sh.ts";
import { mayApprove, readServingRequest } from "../kube/servingRequest.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import type { World } from "./world.ts";

/**
 * Approves the pending kubelet serving certificate requests that the inventory's nodes made for their own name and address, and no other.
 * Requests that are not for a node of the inventory, or ask for more, are left pending and told.
 */
export async function approveServingCertificates(
  world: World,
  { onReason }: { onReason: (reason: string) => void },
): Promise<void> {
  await world.onControlPlane(async (host, prelude) => {
    const listed = await host.run(
      sh`${prelude}\nk get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving -o json`.text,
    );
    if (listed.code !== 0)
      throw new StepFailure("api/csr", "could not list certificate requests", { seen: lastWords(listed.stderr) });
    const items = (JSON.parse(listed.stdout) as { items?: unknown[] }).items ?? [];
    const approve: string[] = [];
    for (const item of items) {
      const request = readServingRequest(item);
      if ("problem" in request) {
        onReason(`a request for a serving certificate is not approved: ${request.problem}`);
        continue;
      }
      if (!request.pending) continue;
      const node = world.cluster.nodes.find((one) => one.name === request.node);
      const verdict = node === undefined ? `asked by ${request.node}, which is not in the inventory` : mayApprove(request, node);
      if (verdict === true) approve.push(request.name);
      else onReason(`${request.name} is not approved: ${verdict}`);
    }
    if (approve.length === 0) return;
    const done = await host.run(sh`${prelude}\nk certificate approve ${approve}`.text);
    if (done.code !== 0)
      throw new StepFailure("api/csr", "could not approve certificate requests", { seen: lastWords(done.stderr) });
  });
}
