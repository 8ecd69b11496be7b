import { parseCiliumStatus, parseMetrics } from "../../src/facts/cilium.ts";
import { type Script, sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import type { CiliumSpec } from "../../src/model/cni/cilium.ts";
import { ciliumConfFile } from "../../src/network/cilium.ts";
import type { Condition } from "../../src/role/action.ts";
import type { NodeTarget } from "../../src/role/step.ts";
import { confFirst } from "../cluster/confFirst.ts";

/** The agent compiles its programs when it starts: minutes on a small machine. */
const deadlineMs = 420_000;
/** A controller that failed once tries again; what fails so often in a row stays broken. */
const failsInARow = 3;
/** Of a map's entries. upgrades: cilium_bpf_map_pressure below 0.9. */
const fullest = 0.9;

const evidence = sh`crictl ps -a --name '^cilium-agent$'; crictl logs --tail 12 "$(crictl ps -aq --name '^cilium-agent$' | head -n 1)" 2>&1 | cut -c1-300`;

/** Runs in the node's own agent, without a detour over the API. Exit code 3: no agent runs. */
const inAgent = (script: Script): Script => sh`c=$(crictl ps -q --name '^cilium-agent$' --state running 2>/dev/null | head -n 1)
[ -n "$c" ] || exit 3
${script}`;

const noAgent = "its agent does not run";

/** What must hold on a node for its pods to have a network. Asked after a new agent's start, and by verify. */
export function ciliumHealthy({ node, cluster }: NodeTarget): readonly Condition[] {
  const { cni } = cluster.network;
  if (cni.name !== "cilium") return [];
  return [
    agentStatus(node, cni),
    // Alone it renames every other file of /etc/cni/net.d by itself.
    ...(cluster.network.multus === null ? [] : [confFirst(cluster, ciliumConfFile)]),
    endpointsReady(node),
    mapsFill(node),
    taintGone(node),
    ...(cluster.nodes.length > 1 ? [othersReached({ node, cluster })] : []),
  ];
}

const agentStatus = (node: NodeSpec, cni: CiliumSpec): Condition => ({
  summary: `Cilium's agent of ${node.name} is well`,
  script: inAgent(sh`crictl exec "$c" cilium-dbg status -o json --timeout 10s`),
  unmet: ({ code, stdout }) => {
    if (code === 3) return noAgent;
    const status = parseCiliumStatus(stdout);
    return status === null ? "its agent does not answer yet" : statusTrouble(status, cni);
  },
  intervalMs: 1000,
  deadlineMs,
  evidence,
});

/** Why an agent is not well, in its own words; null when it is. */
export function statusTrouble(status: NonNullable<ReturnType<typeof parseCiliumStatus>>, cni: CiliumSpec): string | null {
  const { cilium, kubernetes, kvstore, cluster, controllers, ipam, stale } = status;
  if (cilium.state !== "Ok") return `agent: ${cilium.state} ${cilium.msg}`.trim();
  if (kubernetes !== undefined && kubernetes.state !== "Ok") return `Kubernetes: ${kubernetes.state} ${kubernetes.msg}`.trim();
  if (kvstore !== undefined && !["Ok", "Disabled", ""].includes(kvstore.state)) return `key-value store: ${kvstore.state}`;
  const file = status["cni-file"]?.state ?? "";
  if (!["Ok", "Disabled", ""].includes(file)) return `its CNI configuration file: ${file}`;
  const health = cluster?.ciliumHealth?.state ?? "";
  if (!["Ok", "Disabled", ""].includes(health)) return `its health daemon: ${health}`;
  const mode = status["kube-proxy-replacement"]?.mode ?? "";
  if (mode !== "" && (mode === "True") !== cni.kubeProxyReplacement) return `it replaces kube-proxy: ${mode}`;
  if (ipam?.ipv4 !== undefined && ipam.ipv4 !== null && ipam.ipv4.length === 0) return "it has no pod addresses";
  const failing = controllers.find((one) => one.status["consecutive-failure-count"] >= failsInARow);
  if (failing !== undefined) {
    const { "consecutive-failure-count": count, "last-failure-msg": said } = failing.status;
    return `controller ${failing.name} failed ${count} times in a row: ${said}`.slice(0, 300);
  }
  const old = Object.keys(stale ?? {});
  return old.length === 0 ? null : `it has not looked for long at: ${old.join(", ")}`;
}

/** All endpoints are regenerated. They are again and again for a moment, so each look waits a little. */
const endpointsReady = (node: NodeSpec): Condition => ({
  summary: `the programs of all pods of ${node.name} are current`,
  script: inAgent(sh`for i in 1 2 3 4 5; do
  out=$(crictl exec "$c" cilium-dbg endpoint list -o jsonpath='{range [*]}{.id} {.status.state}{"\\n"}{end}') || exit 1
  printf '%s\\n' "$out" | grep -v -e ' ready$' -e ' disconnect' -e '^$' >/dev/null || break
  sleep 1
done
printf '%s\\n' "$out"`),
  unmet: ({ code, stdout }) => {
    if (code === 3) return noAgent;
    if (code !== 0) return "its agent does not list its endpoints";
    const waiting = stdout
      .split("\n")
      .map((line) => line.trim().split(" "))
      .filter(([id = "", state = ""]) => id !== "" && state !== "ready" && !state.startsWith("disconnect"));
    return waiting.length === 0
      ? null
      : waiting
          .slice(0, 3)
          .map(([id, state]) => `endpoint ${id} is ${state ?? "of no state"}`)
          .join(", ");
  },
  intervalMs: 1000,
  deadlineMs: 120_000,
  evidence,
});

/** Tables of eBPF have room. An agent without metrics does not say. */
const mapsFill = (node: NodeSpec): Condition => ({
  summary: `the eBPF maps of ${node.name} have room`,
  script: inAgent(sh`crictl exec "$c" cilium-dbg metrics list -p bpf_map_pressure -o json 2>/dev/null`),
  unmet: ({ code, stdout }) => {
    if (code === 3) return noAgent;
    const full = fullMaps(stdout);
    return full.length === 0 ? null : full.join(", ");
  },
  intervalMs: 1000,
  deadlineMs: 30_000,
});

/** "ct4_global is 93 % full". What is not understood is nothing: it warns of a map, and does not watch the metrics. */
export const fullMaps = (text: string): readonly string[] =>
  parseMetrics(text)
    .filter(({ value }) => value > fullest)
    .map(({ labels, value }) => `${labels.map_name ?? "a map"} is ${Math.round(value * 100)} % full`);

const taintGone = (node: NodeSpec): Condition => ({
  summary: `${node.name} takes pods: Cilium's taint is gone`,
  where: "control-plane",
  script: sh`k get node ${node.name} -o jsonpath='{.spec.taints[*].key}'`,
  unmet: ({ code, stdout }) => {
    if (code !== 0) return "the API does not answer";
    return stdout.split(" ").some((one) => one.startsWith("node.cilium.io/"))
      ? "its taint node.cilium.io/agent-not-ready stays"
      : null;
  },
  intervalMs: 1000,
  deadlineMs: 120_000,
});

/** Cilium's health daemon answers on every node, and on a pod address of each: asked from here, through the pod network. */
const othersReached = ({ node, cluster }: Pick<NodeTarget, "node" | "cluster">): Condition => ({
  summary: `${node.name} reaches all nodes, and pod addresses on them`,
  script:
    inAgent(sh`nodes=$(crictl exec "$c" cilium-dbg node list -o jsonpath='{range [*]}{.name} {.primary-address.ipv4.ip} {.health-endpoint-address.ipv4.ip}{"\\n"}{end}') || exit 1
lost=0
printf '%s\\n' "$nodes" | while read -r name host pod; do
  for a in "node $host" "pod $pod"; do
    case $a in *" ") continue;; esac
    if timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/4240"' "\${a#* }" 2>/dev/null; then echo "yes $name"; else echo "no $name \${a%% *} \${a#* }"; lost=$((lost + 1)); fi
  done
  [ "$lost" -lt 3 ] || break
done`),
  unmet: ({ code, stdout }) => {
    if (code === 3) return noAgent;
    if (code !== 0) return "its agent does not list the nodes";
    return reachTrouble(
      stdout,
      cluster.nodes.map(({ name }) => name),
    );
  },
  intervalMs: 2000,
  deadlineMs: 120_000,
  evidence,
});

/** Lines "yes <node>" and "no <node> node|pod <address>" -> what is not reached, or not known to the agent; null: all is well. */
export function reachTrouble(said: string, names: readonly string[]): string | null {
  const rows = said.split("\n").flatMap((line) => {
    const [answer = "", node = "", what = "", address = ""] = line.trim().split(" ");
    // Cilium names a node of its cluster with the cluster before it: "default/w-1".
    return answer === "" ? [] : [{ answer, node: node.slice(node.lastIndexOf("/") + 1), what, address }];
  });
  const lost = rows
    .filter(({ answer }) => answer === "no")
    .map(({ node, what, address }) => `${what} ${node} (${address}:4240) does not answer`);
  const unknown = names
    .filter((name) => !rows.some(({ node }) => node === name))
    .map((name) => `its agent does not know ${name}`);
  return [...lost, ...(lost.length < 3 ? unknown : [])].slice(0, 3).join(", ") || null;
}
