import { z } from "zod";
import { sh } from "../host/sh.ts";
import { jsonOrNull } from "../model/jsonOrNull.ts";
import { type Fact, FactError } from "./fact.ts";

/** Policies and other objects whose meaning may change with a version, or break DNS. */
export interface StoredPolicy {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
  readonly spec?: unknown;
  readonly specs?: unknown;
}

const policySchema = z.object({
  kind: z.string(),
  apiVersion: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  spec: z.unknown().optional(),
  specs: z.unknown().optional(),
});

const key = "kube network policies";

/** NetworkPolicies, Cilium's own, BGP of the first kind. Kinds that the API does not know are none. */
export const policiesFact: Fact<readonly StoredPolicy[]> = {
  key,
  script: sh`kinds=$(k api-resources --api-group=cilium.io -o name --no-headers 2>/dev/null | grep -x -e 'ciliumnetworkpolicies[.]cilium[.]io' -e 'ciliumclusterwidenetworkpolicies[.]cilium[.]io' -e 'ciliumbgppeeringpolicies[.]cilium[.]io' | tr '\\n' ,)
k get "\${kinds}networkpolicies.networking.k8s.io" -A -o json`,
  parse: ({ code, stdout }) => {
    if (code !== 0) throw new FactError(key, "the cluster does not tell its network policies", stdout.slice(0, 200));
    const parsed = z.object({ items: z.array(policySchema) }).safeParse(jsonOrNull(stdout));
    if (!parsed.success)
      throw new FactError(key, "the cluster's network policies are not understood", z.prettifyError(parsed.error));
    return parsed.data.items;
  },
};
