import { z } from "zod";
import { sh } from "../host/sh.ts";
import { type Fact, FactError } from "./fact.ts";

/** Calico as it runs, as far as a change of it must know. */
export interface CalicoLive {
  /** Of the DaemonSet kube-system/calico-node; null: there is none. */
  readonly version: string | null;
  /** What its pods are told of VXLAN; null: nothing, so Felix's own defaults count. */
  readonly vxlan: { readonly vni: number | null; readonly port: number | null };
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
  script: sh`k -n kube-system get daemonset calico-node --ignore-not-found -o jsonpath='{.spec.template.spec.containers[?(@.name=="calico-node")].image}|{.spec.template.spec.containers[?(@.name=="calico-node")].env[?(@.name=="FELIX_VXLANVNI")].value}|{.spec.template.spec.containers[?(@.name=="calico-node")].env[?(@.name=="FELIX_VXLANPORT")].value}{"\\n"}' || exit 1
known=$(k get customresourcedefinition ippools.crd.projectcalico.org --ignore-not-found -o name) || exit 1
echo; [ -z "$known" ] || k get ippools.crd.projectcalico.org -o json`,
  parse: ({ code, stdout }) => {
    if (code !== 0) throw new FactError(key, "the cluster does not tell of its Calico", stdout.slice(0, 200));
    const [first = "", ...rest] = stdout.split("\n");
    const [image = "", vni = "", port = ""] = first.split("|");
    const vxlan = { vni: numberOf(vni), port: numberOf(port) };
    const text = rest.join("\n").trim();
    const version = /:v?(\d+\.\d+\.\d+)/.exec(image)?.[1] ?? null;
    if (text === "") return { version, vxlan, pools: [] };
    const parsed = z.object({ items: z.array(poolSchema) }).safeParse(jsonOf(text));
    if (!parsed.success) throw new FactError(key, "the cluster's IP pools are not understood", z.prettifyError(parsed.error));
    return { version, vxlan, pools: parsed.data.items.map(({ metadata, spec }) => ({ name: metadata.name, ...spec })) };
  },
};

const numberOf = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) : null);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FactError(key, "the cluster's IP pools are not JSON", text.slice(0, 200));
  }
}
