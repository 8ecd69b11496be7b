import { controlPlanes as controlPlanesOf } from "../../model/cluster.ts";
import { error, type Rule, warning } from "./rule.ts";

/** At least one; an odd number, since etcd with 2n members survives no more losses than with 2n-1 (etcd FAQ). */
export const controlPlanes: Rule = (cluster, places) => {
  const count = controlPlanesOf(cluster).length;
  const place = places.value(["nodes"]);
  if (count === 0)
    return [
      error(
        "no-control-plane",
        place,
        "no node has the role control-plane",
        "add roles: [control-plane] to one node, or to three",
      ),
    ];
  if (count % 2 === 1) return [];
  const message = `${count} control planes survive the loss of ${count / 2 - 1}, no more than ${count - 1} would`;
  return [warning("even-control-planes", place, message, `use ${count - 1} or ${count + 1}`)];
};
