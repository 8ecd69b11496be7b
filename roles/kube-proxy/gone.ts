import { daemonFact } from "../../src/facts/daemonPods.ts";
import type { Fact } from "../../src/facts/fact.ts";
import { configMapFact } from "../../src/facts/kube.ts";
import { sh } from "../../src/host/sh.ts";
import { clusterStep, nodeStep } from "../../src/role/step.ts";
import { type Change, changeIf, ok } from "../../src/role/verdict.ts";
import { networks } from "../networks.ts";
import { inUse, kubeProxyDaemon } from "./daemon.ts";
import { clearAll, rulesSeen } from "./rules.ts";

const object = (target: string): Change => ({ what: "object", action: "delete", target });

/** Where the network does kube-proxy's work, and does it on every node already: cilium docs, kubeproxy-free. */
export const gone = clusterStep({
  id: "kube-proxy/gone",
  summary: "no kube-proxy runs beside the network that replaces it",
  after: [
    { step: "control-plane/applied", on: "every-node" },
    ...networks.flatMap(({ part, nodeReady }) => [
      `${part}/installed`,
      ...[`${part}/pod`, ...(nodeReady === undefined ? [] : [nodeReady])].map((step) => ({ step, on: "every-node" }) as const),
    ]),
  ],
  kube: () => ({ daemon: daemonFact(kubeProxyDaemon), map: configMapFact("kube-proxy") }),
  check: ({ cluster, kube }) =>
    kube === null || inUse(cluster)
      ? ok
      : changeIf([
          ...(kube.daemon === null ? [] : [object("DaemonSet kube-system/kube-proxy")]),
          ...(kube.map === null ? [] : [object("ConfigMap kube-system/kube-proxy")]),
        ]),
  apply: () => [
    {
      kind: "run",
      where: "control-plane",
      summary: "delete kube-proxy and its configuration",
      script: sh`k -n kube-system delete daemonset kube-proxy --ignore-not-found --wait=false >/dev/null && k -n kube-system delete configmap kube-proxy --ignore-not-found >/dev/null && k -n kube-system delete configmaps -l provision/part=kube-proxy >/dev/null`,
    },
    {
      kind: "wait",
      condition: {
        summary: "no pod of kube-proxy is left",
        where: "control-plane",
        script: sh`k -n kube-system get pods -l k8s-app=kube-proxy -o name`,
        unmet: ({ code, stdout }) =>
          code !== 0 ? "the API does not answer" : stdout.trim() === "" ? null : "its pods are still ending",
        intervalMs: 500,
        deadlineMs: 120_000,
      },
    },
  ],
});

const seenFact: Fact<readonly string[]> = {
  key: "kube-proxy rules",
  script: rulesSeen,
  parse: ({ stdout }) => stdout.split("\n").filter((line) => line !== ""),
};

export const cleared = nodeStep({
  id: "kube-proxy/cleared",
  summary: "no rule of kube-proxy is on the node",
  after: ["kube-proxy/gone", "kubernetes/kubelet"],
  when: (_node, cluster) => !inUse(cluster),
  facts: () => ({ seen: seenFact }),
  check: ({ facts: { seen } }) =>
    changeIf(
      seen.length === 0
        ? []
        : [
            {
              what: "node",
              action: "delete",
              target: "kube-proxy's rules",
              disrupts: "connections that kube-proxy's rules led to an endpoint may break",
            },
          ],
    ),
  apply: () => [{ kind: "run", summary: "take away kube-proxy's rules", script: clearAll }],
});
