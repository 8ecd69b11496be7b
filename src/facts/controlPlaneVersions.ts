import { z } from "zod";
import { sh } from "../host/sh.ts";
import { jsonOrNull } from "../model/jsonOrNull.ts";
import { isVersion } from "../model/versions.ts";
import { type Fact, FactError } from "./fact.ts";

const key = "kube control plane versions";

const pods = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ labels: z.object({ component: z.string() }) }),
      spec: z.object({ nodeName: z.string(), containers: z.array(z.object({ image: z.string() })).min(1) }),
    }),
  ),
});

/** Component -> node -> version, of the static pods kube-apiserver, kube-controller-manager and kube-scheduler, by their images' tags. */
export const controlPlaneVersionsFact: Fact<ReadonlyMap<string, ReadonlyMap<string, string>>> = {
  key,
  script: sh`k -n kube-system get pods -l 'component in (kube-apiserver,kube-controller-manager,kube-scheduler)' -o json`,
  parse: ({ code, stdout }) => {
    if (code !== 0) throw new FactError(key, "the cluster does not tell its control plane's pods", stdout.slice(0, 200));
    const parsed = pods.safeParse(jsonOrNull(stdout));
    if (!parsed.success) throw new FactError(key, "the control plane's pods are not understood", z.prettifyError(parsed.error));
    const versions = new Map<string, Map<string, string>>();
    for (const { metadata, spec } of parsed.data.items) {
      const tag = /:v([^:@/]+)(?:@.*)?$/.exec(spec.containers[0]?.image ?? "")?.[1] ?? "";
      if (!isVersion(tag)) continue; // somebody's own image: nothing can be said of its version
      const component = versions.get(metadata.labels.component) ?? new Map<string, string>();
      versions.set(metadata.labels.component, component.set(spec.nodeName, tag));
    }
    return versions;
  },
};
