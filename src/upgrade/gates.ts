import type { Workload } from "../facts/kube.ts";
import { notWhole, parseWorkloads } from "../facts/kube.ts";
import { etcdMembersFact } from "../facts/upgradeEtcd.ts";
import { sh } from "../host/sh.ts";
import type { NodeSpec } from "../model/cluster.ts";
import type { Condition } from "../role/action.ts";

/** Seconds a node must stay Ready without a break before it counts: longer than the kubelet's status period of 10 s would find one that comes and goes. */
const settledMs = 5_000;

/** Ready with that kubelet, and it stays so. */
export const nodeSettled = (node: NodeSpec, version: string): Condition => ({
  summary: `${node.name} is Ready with kubelet ${version}, and stays so`,
  where: "control-plane",
  script: sh`k get node ${node.name} -o jsonpath='{.status.nodeInfo.kubeletVersion} {range .status.conditions[?(@.type=="Ready")]}{.status} {.reason}: {.message}{end}'`,
  unmet: ({ code, stdout }) => {
    if (code !== 0) return "the cluster does not know it";
    const [kubelet, ready, ...why] = stdout.split(" ");
    if (kubelet !== `v${version}`) return `its kubelet says ${kubelet}`;
    return ready === "True" ? null : why.join(" ");
  },
  intervalMs: 500,
  holdMs: settledMs,
  deadlineMs: 300_000,
  evidence: sh`k get pods -A -o wide --field-selector ${`spec.nodeName=${node.name}`}`,
});

/**
 * Restarts in a row after which a kubelet is not waited for any longer: 20 s and more at the unit's RestartSec=1. One that waits for
 * something slow does not exit, it goes on.
 */
const crashLoop = 15;

/** The kubelet's unit runs, and is no crash loop: systemd counts its restarts since it was last started by somebody, or has given it up itself. */
export const kubeletStays = (node: NodeSpec): Condition => ({
  summary: `the kubelet of ${node.name} stays up`,
  script: sh`systemctl show -p ActiveState -p SubState -p NRestarts kubelet.service; journalctl _SYSTEMD_UNIT=kubelet.service -n 1 --no-pager -o cat`,
  unmet: ({ stdout }) => {
    if (/^SubState=running$/m.test(stdout)) return null;
    const said = stdout.trimEnd().split("\n").slice(3).join(" ").replace(klogHeader, "").slice(0, 300);
    const ends = restarts(stdout) > 0 ? "it ends again and again" : `it is ${state(stdout, "ActiveState")}`;
    return said === "" ? ends : `${ends}: ${said}`;
  },
  hopeless: ({ stdout }) => state(stdout, "ActiveState") === "failed" || restarts(stdout) >= crashLoop,
  intervalMs: 500,
  holdMs: settledMs,
  deadlineMs: 300_000,
  evidence: sh`journalctl _SYSTEMD_UNIT=kubelet.service -n 6 --no-pager -o cat | cut -c1-400`,
});

/** "E1121 20:40:08.037424    9934 run.go:72] " */
const klogHeader = /^[IWEF]\d{4} [\d:.]+ +\d+ [\w.-]+:\d+\] /;
const state = (shown: string, name: string): string => new RegExp(`^${name}=(.*)$`, "m").exec(shown)?.[1] ?? "";
const restarts = (shown: string): number => Number(state(shown, "NRestarts"));

/** All members answer, agree on a leader, none is a learner. Asked on a control plane, through its own member. */
export const etcdHealthy = (members: number): Condition => ({
  summary: `etcd's ${members} members are healthy`,
  script: etcdMembersFact.script,
  unmet: (reply) => {
    const { members: found, trouble } = etcdMembersFact.parse(reply);
    if (found.length < members) return `${found.length} of ${members} members answer${trouble === null ? "" : `: ${trouble}`}`;
    const learner = found.find((one) => one.learner);
    if (learner !== undefined) return `${learner.endpoint} is a learner`;
    const errors = found.flatMap((one) => one.errors);
    if (errors.length > 0) return errors.join(", ");
    return new Set(found.map(({ leader }) => leader)).size === 1 && found[0]?.leader !== 0
      ? null
      : "the members do not agree on a leader";
  },
  intervalMs: 500,
  deadlineMs: 180_000,
  evidence: sh`crictl ps -a --name etcd; crictl logs --tail 12 "$(crictl ps -aq --name '^etcd$' | head -n 1)"`,
});

/** Names of Deployments, StatefulSets and DaemonSets that are not whole: asked before a turn, so that what was short before is not held against it. */
export const shortOf = (workloads: readonly Workload[]): ReadonlySet<string> =>
  new Set(workloads.filter((one) => notWhole(one) !== null).map(nameOf));

const nameOf = ({ kind, metadata }: Workload): string => `${kind} ${metadata.namespace}/${metadata.name}`;

/** What was evicted is there again, elsewhere or here. `except`: those that were short before. DaemonSets have gates of their own. */
export const workloadsWhole = (except: ReadonlySet<string>): Condition => ({
  summary: "evicted workloads are available again",
  where: "control-plane",
  script: sh`k get deployments,statefulsets -A -o json`,
  unmet: (reply) => {
    if (reply.code !== 0) return "the API does not answer";
    const short = parseWorkloads(reply).filter((one) => notWhole(one) !== null && !except.has(nameOf(one)));
    return short.length === 0 ? null : short.map((one) => notWhole(one) ?? "").join(", ");
  },
  intervalMs: 500,
  deadlineMs: 300_000,
  evidence: sh`k get pods -A --field-selector status.phase=Pending -o wide | tail -n 10`,
});
