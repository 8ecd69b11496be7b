import type { FileCache } from "../artifacts/fileCache.ts";
import { sh } from "../host/sh.ts";
import { controlPlanes, type NodeSpec } from "../model/cluster.ts";
import type { Condition } from "../role/action.ts";
import { etcdHealthy } from "../upgrade/gates.ts";
import { apiServerServes, type Component, startedAfter, staticPodsReady } from "../upgrade/planeGates.ts";
import { attempt } from "./attempt.ts";
import type { Emit } from "./event.ts";
import { waitOn } from "./inService.ts";
import { perform } from "./perform.ts";
import type { World } from "./world.ts";

export interface RenewOptions {
  readonly world: World;
  readonly cache: FileCache;
  readonly emit: Emit;
  /** Soft stop: the control plane whose turn it is ends it, no further one begins. */
  readonly stop: AbortSignal;
  /** A certificate has expired already, and nothing answers by it: every control plane is renewed first, and all are checked at the end. */
  readonly expired: boolean;
}

/** What reads which of kubeadm's leaf certificates when it starts, in the order in which they are restarted. */
const readBy: readonly (readonly [Component, readonly string[]])[] = [
  ["etcd", ["pki/etcd/server.crt", "pki/etcd/peer.crt", "pki/etcd/healthcheck-client.crt"]],
  [
    "kube-apiserver",
    ["pki/apiserver.crt", "pki/apiserver-kubelet-client.crt", "pki/apiserver-etcd-client.crt", "pki/front-proxy-client.crt"],
  ],
  ["kube-controller-manager", ["controller-manager.conf"]],
  ["kube-scheduler", ["scheduler.conf"]],
];

/**
 * Renews kubeadm's leaf certificates of these control planes and restarts what reads them, one control plane at a time, with gates
 * before and after. CAs and kubelets' own certificates are left alone. True when done; what failed was told, and later ones were left as they are.
 */
export async function renewCertificates(planes: readonly NodeSpec[], options: RenewOptions): Promise<boolean> {
  const { world, expired, stop } = options;
  const all = controlPlanes(world.cluster);
  const gates = (plane: NodeSpec): readonly Condition[] => [etcdHealthy(all.length), staticPodsReady(plane)];
  for (const plane of planes) {
    if (stop.aborted) return false;
    if (!expired && !(await check("gate-in", plane, [...gates(plane), ...others(plane, all)], options))) return false;
    if (!(await renew(plane, options))) return false;
    if (!expired && !(await check("gate-out", plane, gates(plane), options))) return false;
  }
  if (!expired) return true;
  const checked = await Promise.all(planes.map((plane) => check("gate-out", plane, gates(plane), options)));
  return checked.every((fine) => fine);
}

/** While one API server restarts, another must answer. */
const others = (plane: NodeSpec, all: readonly NodeSpec[]): readonly Condition[] =>
  all.filter((one) => one !== plane).map((one) => ({ ...apiServerServes(one), where: "control-plane" as const }));

const check = (step: string, plane: NodeSpec, conditions: readonly Condition[], options: RenewOptions): Promise<boolean> => {
  const place = { step: `certs/${step}`, node: plane.name };
  return attempt(options.emit, place, () => Promise.all(conditions.map((condition) => waitOn(condition, place, options))));
};

function renew(plane: NodeSpec, options: RenewOptions): Promise<boolean> {
  const place = { step: "certs/renew", node: plane.name };
  const { world, cache, emit, expired } = options;
  const onReason = (summary: string, reason: string): void => emit({ type: "waiting", ...place, summary, reason });
  const job = (name: string, summary: string, script: ReturnType<typeof sh>): Promise<void> => {
    emit({ type: "action", ...place, summary });
    return perform({ kind: "job", name, summary, script, deadlineSeconds: 180 }, { world, cache, node: plane.name, onReason });
  };
  return attempt(emit, place, async () => {
    await job("certs-renew", "kubeadm certs renew all", sh`kubeadm certs renew all`);
    for (const [component, files] of readBy) {
      // The kubelet makes the container anew at once; the pod, its address and its volumes stay. It would give it as many seconds to end.
      const stop = sh`crictl ps -q --state Running --name ${`^${component}$`} | xargs -r crictl stop --timeout 30`;
      await job(`restart-${component}`, `restart ${component}`, stop);
      const paths = files.map((file) => `/etc/kubernetes/${file}`);
      await waitOn(startedAfter(plane, component, paths), place, options);
      if (component === "kube-apiserver" && !expired) await waitOn(apiServerServes(plane), place, options);
    }
  });
}
