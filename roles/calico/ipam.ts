import { calicoIpamFact } from "../../src/facts/calicoIpam.ts";
import { FactError } from "../../src/facts/fact.ts";
import type { Condition } from "../../src/role/action.ts";
import { factsIf } from "../../src/role/factsIf.ts";
import { clusterStep, type Step } from "../../src/role/step.ts";
import type { Reason } from "../../src/role/verdict.ts";
import { judgeIpam } from "./judgeIpam.ts";

const few = (found: readonly string[]): string =>
  found.length > 3 ? `${found.slice(0, 3).join(", ")} and ${found.length - 3} more` : found.join(", ");

/** Pods and blocks are asked for one after the other, so a pod that comes or goes in between may seem wrong once. */
const consistent: Condition = {
  summary: "every pod's address is that pod's alone",
  where: "control-plane",
  script: calicoIpamFact.script,
  unmet: ({ code, stdout }) => {
    try {
      const ipam = calicoIpamFact.parse({ code, stdout });
      const broken = ipam === null ? [] : judgeIpam(ipam).broken;
      return broken.length === 0 ? null : few(broken);
    } catch (error) {
      if (error instanceof FactError) return error.message;
      throw error;
    }
  },
  intervalMs: 1_000,
  deadlineMs: 30_000,
};

/** The book of addresses agrees with the pods. What is leaked or borrowed is told. */
export const ipam: Step = clusterStep({
  id: "calico/ipam",
  summary: "Calico's book of addresses agrees with the pods",
  after: ["calico/installed"],
  kube: ({ cluster }) => factsIf(cluster.network.cni.name === "calico", { ipam: calicoIpamFact }),
  check: ({ kube, cluster }) => {
    if (cluster.network.cni.name !== "calico" || kube?.ipam == null) return { status: "ok" };
    const { leaked, borrowed } = judgeIpam(kube.ipam);
    const warnings: readonly Reason[] = [
      ...(leaked.length === 0
        ? []
        : [
            {
              code: "calico/leaked",
              message: `${leaked.length} addresses belong to nobody: ${few(leaked)}`,
              hint: "kube-controllers takes them back after 15 minutes; if they stay, look at its log",
            },
          ]),
      ...(borrowed.length === 0
        ? []
        : [
            {
              code: "calico/borrowed",
              message: `${borrowed.length} addresses are from another node's block: ${few(borrowed)}`,
              hint: "nodes find no free block: the pool is too small for its block size, or maxBlocksPerHost is reached",
            },
          ]),
    ];
    return { status: "ok", warnings };
  },
  apply: () => [],
  verify: ({ cluster }) => (cluster.network.cni.name === "calico" ? [consistent] : []),
});
