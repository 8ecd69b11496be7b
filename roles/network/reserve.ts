import { sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import type { Action } from "../../src/role/action.ts";

const nameFor = ({ name }: NodeSpec): string => `provision-${name}`;

/** Calico gives no pod an address that one of the old network still has. Source: docs.tigera.io, IPReservation. */
export const reserve = (node: NodeSpec): Action => ({
  kind: "run",
  where: "control-plane",
  summary: `hold the addresses of pods that stay on ${node.name}`,
  script: sh`rows=$(k get pods -A --field-selector ${`spec.nodeName=${node.name}`} -o jsonpath='{range .items[*]}{.spec.hostNetwork}|{.status.podIP}{"\\n"}{end}') || exit 1
held=$(echo "$rows" | sed -n 's/^|\\([0-9][0-9.]*\\)$/"\\1\\/32"/p' | paste -sd, -)
[ -n "$held" ] || exit 0
printf '{"apiVersion":"crd.projectcalico.org/v1","kind":"IPReservation","metadata":{"name":"%s"},"spec":{"reservedCIDRs":[%s]}}' ${nameFor(node)} "$held" |
  k apply --server-side --force-conflicts --field-manager provision -f - >/dev/null`,
});

/** Those pods are gone. */
export const free = (node: NodeSpec): Action => ({
  kind: "run",
  where: "control-plane",
  summary: `free the addresses held on ${node.name}`,
  script: sh`k delete ipreservations.crd.projectcalico.org ${nameFor(node)} --ignore-not-found >/dev/null`,
});
