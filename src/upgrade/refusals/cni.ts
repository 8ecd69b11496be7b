import { podsFact } from "../../facts/upgradePods.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { compareMinors, minorOf } from "../../model/versions.ts";
import { listed, refusal, warn } from "./refusal.ts";

interface Agent {
  readonly name: string;
  /** Of its agent's image, before the tag. */
  readonly image: RegExp;
  /** Minor -> first and last Kubernetes minor its project tests it with. */
  readonly tested: Readonly<Record<string, readonly [string, string]>>;
  readonly source: string;
}

/**
 * Agents this program does not install itself; flannel serves every Kubernetes from 1.17 on (flannel Documentation/kubernetes.md).
 * What is not in a list is untested, which neither project calls unsupported: a warning.
 */
const agents: readonly Agent[] = [
  {
    name: "Calico",
    image: /(?:^|\/)calico\/node$/,
    tested: { "3.29": ["1.29", "1.32"], "3.30": ["1.31", "1.35"], "3.31": ["1.32", "1.35"], "3.32": ["1.34", "1.36"] },
    source: "https://docs.tigera.io/calico/latest/getting-started/kubernetes/requirements",
  },
  {
    name: "Cilium",
    image: /(?:^|\/)cilium\/cilium$/,
    tested: { "1.18": ["1.30", "1.33"], "1.19": ["1.31", "1.34"], "1.20": ["1.33", "1.36"] },
    source: "https://docs.cilium.io/en/stable/network/kubernetes/compatibility/",
  },
];

/** Network agents that run, against the Kubernetes to come. */
export const cni = refusal({
  name: "cni",
  kube: () => ({ pods: podsFact }),
  judge: ({ hop, kube }): readonly Diagnostic[] => {
    const wanted = minorOf(hop.to);
    const images = new Set(kube.pods.flatMap((pod) => pod.images));
    return agents.flatMap((agent) => {
      const running = new Set([...images].flatMap((image) => versionOf(image, agent.image)));
      return [...running].flatMap((version) => {
        const range = agent.tested[minorOf(version)];
        if (range === undefined || (compareMinors(wanted, range[0]) >= 0 && compareMinors(wanted, range[1]) <= 0)) return [];
        const fitting = Object.entries(agent.tested)
          .filter(([, [first, last]]) => compareMinors(wanted, first) >= 0 && compareMinors(wanted, last) <= 0)
          .map(([minor]) => minor);
        const next = fitting.length === 0 ? "" : `; ${listed(fitting)} is: upgrade it first`;
        return [
          warn("cni-untested", {
            message: `${agent.name} ${version} runs, which is tested with Kubernetes ${range[0]} to ${range[1]}`,
            hint: `it is not tested with ${wanted}${next} (${agent.source})`,
          }),
        ];
      });
    });
  },
});

function versionOf(image: string, name: RegExp): readonly string[] {
  const [, path = "", version] = /^(.+?):v?(\d+\.\d+\.\d+)(?:[-@].*)?$/.exec(image) ?? [];
  return version !== undefined && name.test(path) ? [version] : [];
}
