import { podsFact } from "../../facts/upgradePods.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { compareMinors, minorOf } from "../../model/versions.ts";
import { networkParts } from "../../network/parts.ts";
import { listed, refusal, warn } from "./refusal.ts";

/** Network agents that run, against the Kubernetes to come. What is not in a list is untested, which their projects do not call unsupported: a warning. */
export const cni = refusal({
  name: "cni",
  kube: () => ({ pods: podsFact }),
  judge: ({ hop, kube }): readonly Diagnostic[] => {
    const wanted = minorOf(hop.to);
    const images = new Set(kube.pods.flatMap((pod) => pod.images));
    return networkParts.flatMap(({ name, agent }) => {
      if (agent?.tested == null) return [];
      const { tested } = agent;
      const running = new Set([...images].flatMap((image) => versionOf(image, agent.image)));
      return [...running].flatMap((version) => {
        const range = tested[minorOf(version)];
        if (range === undefined || (compareMinors(wanted, range[0]) >= 0 && compareMinors(wanted, range[1]) <= 0)) return [];
        const fitting = Object.entries(tested)
          .filter(([, [first, last]]) => compareMinors(wanted, first) >= 0 && compareMinors(wanted, last) <= 0)
          .map(([minor]) => minor);
        const next = fitting.length === 0 ? "" : `; ${listed(fitting)} is: upgrade it first`;
        return [
          warn("cni-untested", {
            message: `${name} ${version} runs, which is tested with Kubernetes ${range[0]} to ${range[1]}`,
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
