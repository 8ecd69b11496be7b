import type { DaemonName } from "../../src/facts/daemonPods.ts";
import { type Fact, FactError } from "../../src/facts/fact.ts";
import { sh } from "../../src/host/sh.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import { pinnedImage, usedImage } from "../../src/role/artifactOf.ts";
import type { Target } from "../../src/role/step.ts";
import { kubeProxyImage } from "../kubernetes/index.ts";

export const kubeProxyDaemon: DaemonName = { namespace: "kube-system", name: "kube-proxy", selector: "k8s-app=kube-proxy" };

/** Not when the CNI does its work. */
export const inUse = ({ network }: ClusterSpec): boolean => network.kubeProxy.mode !== "none";

/** kubeadm's own by its tag, as kubeadm names it; a rebuilt one by its digest. */
export function image(target: Target): string {
  const upstream = kubeProxyImage(target);
  const used = usedImage(target, upstream);
  return used === upstream ? upstream : pinnedImage(target, used).pinned;
}

/** The ConfigMap that the DaemonSet's template names. kubeadm's own is "kube-proxy"; those of later settings have a digest in their name. */
export interface Mounted {
  readonly name: string;
  /** Empty when there is no such ConfigMap. */
  readonly data: Readonly<Record<string, string>>;
}

const volume = sh`{.spec.template.spec.volumes[?(@.name=="kube-proxy")].configMap.name}`;

/** null: there is no kube-proxy. */
export const mountedFact: Fact<Mounted | null> = {
  key: "kube kube-proxy mounted",
  script: sh`m=$(k -n kube-system get daemonset kube-proxy --ignore-not-found -o jsonpath='${volume}') || exit 1
[ -n "$m" ] || exit 0
printf '%s\\n' "$m"; k -n kube-system get configmap "$m" --ignore-not-found -o json`,
  parse: ({ code, stdout }) => {
    const key = "kube kube-proxy mounted";
    if (code !== 0) throw new FactError(key, "the cluster does not tell of kube-proxy's configuration", stdout.slice(0, 200));
    const end = stdout.indexOf("\n");
    if (end < 0) return null;
    return { name: stdout.slice(0, end), data: dataOf(key, stdout.slice(end + 1)) };
  },
};

function dataOf(key: string, text: string): Readonly<Record<string, string>> {
  if (text.trim() === "") return {};
  try {
    const { data = {} } = JSON.parse(text) as { data?: Record<string, unknown> };
    return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, String(value)]));
  } catch {
    throw new FactError(key, "kube-proxy's configuration is not understood", text.slice(0, 200));
  }
}

/** ConfigMaps of this role that neither the DaemonSet nor a pod of it names any more. */
export const sparesFact: Fact<readonly string[]> = {
  key: "kube kube-proxy spares",
  script: sh`used=$(k -n kube-system get daemonset kube-proxy --ignore-not-found -o jsonpath='${volume}'; echo; k -n kube-system get pods -l k8s-app=kube-proxy -o jsonpath='{range .items[*]}{.spec.volumes[?(@.name=="kube-proxy")].configMap.name}{"\\n"}{end}') || exit 1
all=$(k -n kube-system get configmaps -l provision/part=kube-proxy -o jsonpath='{range .items[*]}{.metadata.name}{"\\n"}{end}') || exit 1
printf '%s\\n' "$all" | grep -vxF "$used"; true`,
  parse: ({ code, stdout }) => {
    if (code !== 0)
      throw new FactError("kube kube-proxy spares", "the cluster does not tell its ConfigMaps", stdout.slice(0, 200));
    return stdout.split("\n").filter((line) => /^kube-proxy-[0-9a-f]+$/.test(line));
  },
};
