import { hostFacts } from "../../facts/hostFacts.ts";
import { no, seen } from "../../kernel/answer.ts";
import { check } from "../check.ts";

/** Whose machine it is: free, this cluster's, or of another hand. */
export const otherCluster = check({
  name: "host/other-cluster",
  title: "other cluster",
  facts: () => ({ host: hostFacts }),
  judge: ({ facts: { host }, cluster }) => {
    if (host.claimedBy === cluster.name) return [{ what: "other cluster", answer: seen("this cluster's") }];
    if (host.claimedBy !== "") {
      const why = `the machine belongs to cluster ${host.claimedBy}`;
      return [
        { what: "other cluster", answer: no(why, "take it out of that cluster first: provision reset --node", host.claimedBy) },
      ];
    }
    if (host.traces.length === 0) return [{ what: "other cluster", answer: seen("nobody's") }];
    const why = "the machine already runs a cluster or a container runtime of another hand";
    return [{ what: "other cluster", answer: no(why, "remove it first, or use a clean machine", host.traces.join(", ")) }];
  },
});
