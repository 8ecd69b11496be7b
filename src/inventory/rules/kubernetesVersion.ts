import { compareMinors, findKubernetesMinor, kubernetesMinors, minorOf } from "../../model/versions.ts";
import { error, type Rule } from "./rule.ts";

/** The minor is one this tool knows. Which patches can be had is the catalog's matter. */
export const kubernetesVersion: Rule = ({ kubernetes }, places) => {
  if (findKubernetesMinor(kubernetes.version) !== null) return [];
  const known = kubernetesMinors.map((row) => row.minor).sort(compareMinors);
  const newest = known.at(-1) ?? "";
  const why =
    compareMinors(minorOf(kubernetes.version), newest) > 0
      ? "is newer than this version knows"
      : "is older than this version supports";
  const place = places.value(["kubernetes", "version"]);
  return [
    error("unsupported-kubernetes", place, `kubernetes.version: ${kubernetes.version} ${why}`, `supported: ${known.join(", ")}`),
  ];
};
