import { sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import { calicoConfFile, felixHealthPort, isVxlan } from "../../src/network/calico.ts";
import type { Condition } from "../../src/role/action.ts";
import type { NodeTarget } from "../../src/role/step.ts";
import { confFirst } from "../cluster/confFirst.ts";
import { podNetworkReaches } from "../cluster/podNetworkReaches.ts";

/** Asks the node's own loopback with nothing but bash. Prints the whole reply, headers first. */
const ask = (port: number, path: string) =>
  sh`timeout 5 bash -c ${`exec 3<>/dev/tcp/127.0.0.1/${port} && printf 'GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && cat <&3`}`;

/** What the node's calico-node complained of last. */
const lastTroubles = sh`crictl logs --tail 400 "$(crictl ps -aq --name '^calico-node$' | head -n 1)" 2>&1 | grep -E '\[(ERROR|FATAL|PANIC)\]|panic:|ended with' | tail -n 4 | cut -c1-300`;

/** Felix itself says whether it is ready, and which of its parts is not. */
export const felixReady: Condition = {
  summary: "Felix is ready",
  script: ask(felixHealthPort, "/readiness"),
  unmet: ({ stdout }) => {
    if (stdout === "") return `nothing answers on 127.0.0.1:${felixHealthPort}`;
    if (/^HTTP\/1\.\d 20\d /.test(stdout)) return null;
    const parts = notReady(stdout.slice(stdout.indexOf("\r\n\r\n") + 4));
    return `it says it is not${parts === "" ? "" : `: ${parts}`}`;
  },
  intervalMs: 500,
  deadlineMs: 120_000,
  evidence: sh`crictl ps -a --name 'calico-node|install-cni|mount-bpffs|upgrade-ipam'; ${lastTroubles}`,
};

/** Rows of Felix's table of its parts that are not well: "| name | timeout | liveness | readiness | detail |". */
const notReady = (table: string): string =>
  table
    .split(/\r?\n/)
    .filter((line) => /\bnon-(?:ready|live)\b|timed out/i.test(line))
    .map((line) => line.replace(/[|+]/g, " ").replace(/\s+/g, " ").trim())
    .join("; ")
    .slice(0, 300);

/** felix_resync_state: 1 waits for the datastore, 2 resyncs, 3 is in sync. `projectcalico/calico felix/calc`. */
export const inSync = (port: number): Condition => ({
  summary: "Felix is in sync with the datastore",
  script: ask(port, "/metrics"),
  unmet: ({ stdout }) => {
    if (stdout === "") return `nothing answers on 127.0.0.1:${port}`;
    const state = /^felix_resync_state (\d+)\s*$/m.exec(stdout)?.[1];
    if (state === "3") return null;
    return state === undefined
      ? "it does not tell felix_resync_state"
      : state === "2"
        ? "it resyncs"
        : "it waits for the datastore";
  },
  intervalMs: 500,
  deadlineMs: 120_000,
  evidence: lastTroubles,
});

/** The address of its end of the tunnel belongs to the node itself. */
const tunnelReaches = (node: NodeSpec): Condition =>
  podNetworkReaches(
    node,
    sh`a=$(k get node ${node.name} -o jsonpath='{.metadata.annotations.projectcalico\\.org/IPv4VXLANTunnelAddr}')`,
    "its tunnel has no address yet",
    "its kubelet does not answer on its tunnel's address",
  );

/** What must hold on a node for its calico-node to count as whole. Empty when the cluster has another network. */
export function calicoHealthy({ cluster, node }: NodeTarget): readonly Condition[] {
  const { cni } = cluster.network;
  if (cni.name !== "calico") return [];
  return [
    felixReady,
    confFirst(cluster, calicoConfFile),
    ...(cni.felix.metrics === "off" ? [] : [inSync(cni.felix.metricsPort)]),
    ...(isVxlan(cni) ? [tunnelReaches(node)] : []),
  ];
}
