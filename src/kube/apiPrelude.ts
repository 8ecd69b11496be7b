import { type Script, sh } from "../host/sh.ts";
import type { NodeSpec } from "../model/cluster.ts";

/** Written on a control plane when its init or join has ended well; until then it is not asked for the cluster. */
export const initialisedPath = "/etc/kubernetes/provision/initialised";

/** Defines `k`: kubectl against this control plane's own API server, so that no load balancer stands between question and answer. */
export const apiPrelude = (plane: NodeSpec): Script =>
  sh`KUBECONFIG=/etc/kubernetes/admin.conf KUBECACHEDIR=/run/provision/kube-cache; export KUBECONFIG KUBECACHEDIR; k() { kubectl --server=${`https://${plane.address}:6443`} --request-timeout=30s "$@"; }`;
