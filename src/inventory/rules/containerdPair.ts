import { compareMinors, findKubernetesMinor, isAtLeast, minorOf } from "../../model/versions.ts";
import { error, type Rule, warning } from "./rule.ts";

/** containerd and Kubernetes are a pair that containerd's own RELEASES.md names. */
export const containerdPair: Rule = ({ kubernetes, containerd }, places) => {
  const row = findKubernetesMinor(kubernetes.version);
  if (row === null) return [];
  const series = minorOf(containerd.version);
  const known = row.containerd.find((one) => one.series === series);
  if (known !== undefined && isAtLeast(containerd.version, known.first)) return [];
  const place = places.value(["containerd", "version"]);
  const list = row.containerd.map((one) => `${one.first} or newer ${one.series}`).join(", ");
  const pair = `containerd.version: ${containerd.version} with Kubernetes ${kubernetes.version}`;
  const hint = `Kubernetes ${row.minor} goes with containerd ${list} (containerd RELEASES.md)`;
  const newestKnown = row.containerd[0]?.series ?? series;
  return known === undefined && compareMinors(series, newestKnown) > 0
    ? [warning("untested-containerd", place, `${pair} is a pair that nobody is known to have tested`, hint)]
    : [error("unsupported-containerd", place, `${pair} is not supported`, hint)];
};
