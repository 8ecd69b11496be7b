import { daemonFact } from "../../src/facts/daemonPods.ts";
import { sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import type { ProxyMode } from "../../src/network/proxyModes.ts";
import type { Action } from "../../src/role/action.ts";
import { nodeStep } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { apiIsDown, isStale, replacePod } from "../cluster/nodePod.ts";
import { configDiffers, modeIn } from "./config.ts";
import { image, inUse, kubeProxyDaemon, mountedFact } from "./daemon.ts";
import { liveProxyFact } from "./live.ts";
import { clearCopy, clearOther, copyRules } from "./rules.ts";
import { serves } from "./serves.ts";
import { leanedOn } from "./told.ts";

type Running = Exclude<ProxyMode, "none">;

const copy = (mode: Running): Action => ({
  kind: "run",
  summary: `copy the rules of mode ${mode}, to serve until the new ones stand`,
  script: copyRules(mode),
});
const clear = (mode: Running): Action => ({
  kind: "run",
  summary: `take away the copy, and what is left of modes other than ${mode}`,
  script: clearOther(mode),
});

/** The template of that revision becomes the DaemonSet's again, under which this node's pod alone is made anew. */
const undo = (revision: string): Action => ({
  kind: "run",
  where: "control-plane",
  summary: "name the settings of before in kube-proxy's DaemonSet",
  script: sh`n=$(k -n kube-system get controllerrevisions -l ${`k8s-app=kube-proxy,controller-revision-hash=${revision}`} -o jsonpath='{.items[0].revision}') && [ -n "$n" ] && k -n kube-system rollout undo daemonset/kube-proxy --to-revision="$n" >/dev/null`,
});

const replace = (node: NodeSpec): readonly Action[] => replacePod(kubeProxyDaemon, node);

export const pod = nodeStep({
  id: "kube-proxy/pod",
  summary: "the node's kube-proxy is of the current version and settings",
  // Not beside a restart of the kubelet, which may take the API server with it for a moment.
  after: ["kubernetes/kubelet", "kube-proxy/daemonset", "kube-proxy/config", { step: "kube-proxy/pod", on: "previous-node" }],
  when: (_node, cluster) => inUse(cluster),
  facts: ({ cluster }) => ({ live: liveProxyFact(cluster.network.kubeProxy.mode) }),
  kube: () => ({ daemon: daemonFact(kubeProxyDaemon), mounted: mountedFact }),
  check: ({ facts: { live }, kube, node, api, ...target }) => {
    const { mode } = target.cluster.network.kubeProxy;
    if (api === "down") return apiIsDown(kubeProxyDaemon);
    if (kube?.daemon == null || !kube.daemon.pods.some((one) => one.node === node.name)) return ok;
    const due = kube.daemon.image !== image(target) || configDiffers(target.cluster, kube.mounted?.data ?? null).length > 0;
    if (!due && !live.copied && !isStale(kube.daemon, node)) return ok;
    const from = live.mode ?? modeIn(kube.mounted?.data ?? null);
    const disrupts =
      from === mode
        ? "kube-proxy restarts on this node; its service rules stay until it is back"
        : from === "ipvs"
          ? "kube-proxy restarts on this node in another mode; new connections to Services fail for some seconds"
          : "kube-proxy restarts on this node in another mode; a copy of its service rules serves until the new ones stand";
    const restart = { what: "node", action: "restart", target: "pod kube-system/kube-proxy", disrupts } as const;
    return {
      status: "change",
      changes: [from === mode ? restart : { ...restart, detail: `${from} -> ${mode}` }],
      warnings: leanedOn(live, mode),
    };
  },
  apply: ({ facts: { live }, cluster, node }) => {
    const { mode } = cluster.network.kubeProxy;
    if (mode === "none") return [];
    const changes = live.mode !== null && live.mode !== mode;
    return [
      ...(changes && live.mode !== null ? [copy(live.mode)] : []),
      ...replace(node),
      { kind: "wait", condition: serves(cluster, mode, "started") },
      ...(changes || live.copied ? [clear(mode)] : []),
    ];
  },
  verify: ({ cluster }) => {
    const { mode } = cluster.network.kubeProxy;
    return mode === "none" ? [] : [serves(cluster, mode, "settled")];
  },
  back: ({ facts: { live }, kube, cluster, node }) => {
    const own = kube?.daemon?.pods.find((one) => one.node === node.name);
    if (own === undefined || own.revision === kube?.daemon?.newest) return [];
    const gates: readonly Action[] =
      live.mode === null ? [] : [{ kind: "wait", condition: serves(cluster, live.mode, "started") }, clear(live.mode)];
    return [undo(own.revision), ...replace(node), ...gates];
  },
  remove: () => [{ kind: "run", summary: "take away the copy of kube-proxy's rules", script: clearCopy }],
});
