import { z } from "zod";
import { isReady } from "../facts/kube.ts";
import { sh } from "../host/sh.ts";
import type { NodeSpec } from "../model/cluster.ts";
import { jsonOrNull } from "../model/jsonOrNull.ts";
import type { Condition } from "../role/action.ts";

const evidence = sh`crictl ps -a; journalctl -u kubelet -n 15 --no-pager -o cat`;

/** This control plane's own API server answers that it is ready, and that it is of `version` when one is given. Asked on the node itself. */
export const apiServerServes = (plane: NodeSpec, version?: string): Condition => ({
  summary: `the API server of ${plane.name} is ready${version === undefined ? "" : ` and of version ${version}`}`,
  script: sh`k() { kubectl --kubeconfig /etc/kubernetes/admin.conf --server ${`https://${plane.address}:6443`} --request-timeout 5s get --raw "$1" 2>&1; }
r=$(k /readyz) || { printf '%s\\n' "$r"; exit 1; }
k /version`,
  unmet: ({ code, stdout }) => {
    const missing = [...stdout.matchAll(/\[-\]([\w/.-]+)/g)].map(([, name]) => name);
    if (missing.length > 0) return `not there yet: ${missing.join(", ")}`;
    const runs = /"gitVersion": *"v([^"]+)"/.exec(stdout)?.[1];
    if (code !== 0 || runs === undefined) return stdout.trim().split("\n").at(-1) || "no answer";
    return version === undefined || runs === version ? null : `it is of version ${runs}`;
  },
  intervalMs: 500,
  deadlineMs: 360_000, // a container that failed for long is started again after five minutes at the latest
  evidence,
});

const podList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ labels: z.object({ component: z.string() }) }),
      status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
    }),
  ),
});
const components = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
export type Component = (typeof components)[number];

/** etcd, API server, controller manager and scheduler of this node are Ready as pods, and stay so. */
export const staticPodsReady = (plane: NodeSpec): Condition => ({
  summary: `the static pods of ${plane.name} are Ready`,
  where: "control-plane",
  script: sh`k -n kube-system get pods -l tier=control-plane --field-selector ${`spec.nodeName=${plane.name}`} -o json`,
  unmet: ({ code, stdout }) => {
    const parsed = podList.safeParse(code === 0 ? jsonOrNull(stdout) : null);
    if (!parsed.success) return "the cluster does not tell its pods";
    const ready = new Set(
      parsed.data.items.filter(({ status }) => isReady(status.conditions)).map(({ metadata }) => metadata.labels.component),
    );
    const missing = components.filter((one) => !ready.has(one));
    return missing.length === 0 ? null : `not Ready: ${missing.join(", ")}`;
  },
  intervalMs: 500,
  holdMs: 3_000,
  deadlineMs: 360_000,
  evidence: sh`k -n kube-system get pods -l tier=control-plane -o wide`,
});

const containers = z.object({ containers: z.array(z.object({ createdAt: z.string().regex(/^\d+$/) })) });

/** What stands in the manifests' folder is what runs. */
export const runsManifest = (plane: NodeSpec, component: Component): Condition =>
  startedAfter(plane, component, [`/etc/kubernetes/manifests/${component}.yaml`]);

/** The component's container was made after `files` were written: it has read them. */
export const startedAfter = (plane: NodeSpec, component: Component, files: readonly string[]): Condition => ({
  summary: `${component} of ${plane.name} runs with the files that are there now`,
  script: sh`stat -c %Y ${files} | sort -n | tail -n 1; crictl ps --state Running --name ${`^${component}$`} -o json`,
  unmet: ({ code, stdout }) => {
    const [written = "", ...rest] = stdout.split("\n");
    const parsed = containers.safeParse(jsonOrNull(rest.join("\n")));
    if (code !== 0 || !/^\d+$/.test(written) || !parsed.success) return "the container runtime does not tell its containers";
    const [one] = parsed.data.containers;
    if (one === undefined) return "it does not run";
    return Number(BigInt(one.createdAt) / 1_000_000_000n) >= Number(written) ? null : "its old container still runs";
  },
  intervalMs: 500,
  deadlineMs: 360_000,
  evidence,
});
