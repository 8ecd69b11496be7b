import { existsFact } from "../../src/facts/files.ts";
import { notWhole, workloadsFact } from "../../src/facts/kube.ts";
import { sh } from "../../src/host/sh.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import { clusterStep, nodeStep, type Step } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { manifestSteps } from "../cluster/manifestSteps.ts";
import { workloadReady } from "../cluster/workloadReady.ts";
import { change } from "./change.ts";
import { ciliumHealthy } from "./health.ts";
import { ciliumManifest } from "./manifest.ts";

/** Written by the agent once the node's programs are loaded; the kubelet has no network before. */
const confFile = "/etc/cni/net.d/05-cilium.conflist";

const relayName = { namespace: "kube-system", name: "hubble-relay" };
const hasRelay = ({ network: { cni } }: ClusterSpec): boolean => cni.name === "cilium" && cni.hubble.relay;

/** It finds the agents by a Service's name, so it is ready only when cluster DNS is, which waits for the network. */
const relay = clusterStep({
  id: "cilium/relay",
  summary: "Hubble's relay answers",
  after: ["cilium/installed", "dns/installed"],
  kube: () => ({ workloads: workloadsFact }),
  check: ({ kube, cluster }) => {
    if (!hasRelay(cluster)) return ok;
    const live = kube?.workloads.find(
      ({ metadata }) => metadata.name === relayName.name && metadata.namespace === relayName.namespace,
    );
    const reason = live === undefined ? "it is not there" : notWhole(live);
    if (reason === null) return ok;
    return {
      status: "change",
      changes: [{ what: "object", action: "look", target: "Deployment kube-system/hubble-relay", detail: reason }],
    };
  },
  apply: () => [],
  verify: ({ cluster }) => (hasRelay(cluster) ? [workloadReady("deployment", relayName.namespace, relayName.name)] : []),
});

/** The Cilium network from its own chart. */
export const cilium: readonly Step[] = [
  change,
  ...manifestSteps(ciliumManifest),
  relay,
  nodeStep({
    id: "cilium/agent",
    summary: "Cilium serves the node: pods get addresses, and reach other nodes",
    after: ["cilium/installed"],
    when: (_node, { network }) => network.cni.name === "cilium",
    facts: () => ({ conf: existsFact([confFile]) }),
    check: ({ facts: { conf } }) =>
      conf.has(confFile) ? ok : { status: "change", changes: [{ what: "node", action: "look", target: confFile }] },
    apply: () => [],
    verify: (target) => [
      {
        summary: "Cilium has written its CNI configuration",
        script: sh`[ -e ${confFile} ]`,
        unmet: ({ code }) => (code === 0 ? null : "its agent has not written it yet"),
        intervalMs: 500,
        deadlineMs: 420_000,
        evidence: sh`crictl ps -a --label io.kubernetes.pod.namespace=kube-system --name 'cilium|config|mount|sysctl|clean|install'; crictl logs --tail 12 "$(crictl ps -aq --name '^cilium-agent$' | head -n 1)" 2>&1 | cut -c1-300`,
      },
      ...ciliumHealthy(target),
    ],
  }),
];
