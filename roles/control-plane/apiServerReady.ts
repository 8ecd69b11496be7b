import { sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import type { Condition } from "../../src/role/action.ts";

/** This control plane's own API server answers that it is ready. */
export const apiServerReady = (node: NodeSpec): Condition => ({
  summary: `the API server of ${node.name} is ready`,
  script: sh`kubectl --kubeconfig /etc/kubernetes/admin.conf --server ${`https://${node.address}:6443`} --request-timeout 5s get --raw /readyz 2>&1`,
  unmet: ({ code, stdout }) => {
    if (code === 0 && stdout.trim() === "ok") return null;
    // A server that is coming up lists every one of its checks; "[-]" marks those that are not there yet.
    const missing = [...stdout.matchAll(/\[-\]([\w/.-]+)/g)].map(([, name]) => name);
    return missing.length > 0 ? `not there yet: ${missing.join(", ")}` : (stdout.trim().split("\n").at(-1) ?? "no answer");
  },
  intervalMs: 250,
  deadlineMs: 180_000,
  evidence: sh`crictl ps -a; journalctl -u kubelet -n 15 --no-pager -o cat`,
});
