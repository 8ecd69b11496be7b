import { z } from "zod";
import { sh } from "../host/sh.ts";
import { type Fact, FactError } from "./fact.ts";

/** Calico as it runs, as far as a change of it must know. */
interface CalicoLive {
  /** Of the DaemonSet kube-system/calico-node; null: there is none. */
  readonly version: string | null;
  readonly pools: readonly CalicoPool[];
}

export interface CalicoPool {
  readonly name: string;
  readonly cidr: string;
  readonly blockSize: number;
  readonly ipipMode: string;
  readonly vxlanMode: string;
}

const key = "kube calico";
const poolSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    cidr: z.string(),
    // Calico's defaults: libcalico-go lib/apis/v3, IPPoolSpec.
    blockSize: z.number().default(26),
    ipipMode: z.string().default("Never"),
    vxlanMode: z.string().default("Never"),
  }),
});

/** Asked of the definitions first: a cluster that never had Calico does not know its kinds. */
export const calicoFact: Fact<CalicoLive> = {
  key,
  script: sh`k -n kube-system get daemonset calico-node --ignore-not-found -o jsonpath='{.spec.template.spec.containers[?(@.name=="calico-node")].image}{"\\n"}' || exit 1
known=$(k get customresourcedefinition ippools.crd.projectcalico.org --ignore-not-found -o name) || exit 1
echo; [ -z "$known" ] || k get ippools.crd.projectcalico.org -o json`,
  parse: ({ code, stdout }) => {
    if (code !== 0) throw new FactError(key, "the cluster does not tell of its Calico", stdout.slice(0, 200));
    const [image = "", ...rest] = stdout.split("\n");
    const text = rest.join("\n").trim();
    const version = /:v?(\d+\.\d+\.\d+)/.exec(image)?.[1] ?? null;
    if (text === "") return { version, pools: [] };
    const parsed = z.object({ items: z.array(poolSchema) }).safeParse(jsonOf(text));
    if (!parsed.success) throw new FactError(key, "the cluster's IP pools are not understood", z.prettifyError(parsed.error));
    return { version, pools: parsed.data.items.map(({ metadata, spec }) => ({ name: metadata.name, ...spec })) };
  },
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FactError(key, "the cluster's IP pools are not JSON", text.slice(0, 200));
  }
}
