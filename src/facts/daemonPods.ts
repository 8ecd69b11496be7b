import { sh } from "../host/sh.ts";
import { type Fact, FactError } from "./fact.ts";

export interface DaemonPod {
  readonly name: string;
  readonly node: string;
  /** Hash of the template it was made from. */
  readonly revision: string;
  readonly ready: boolean;
  /** Told to end. */
  readonly leaving: boolean;
}

/** A DaemonSet and its pods, whatever node they are on. */
export interface Daemon {
  /** Its controller has seen its newest change: `newest` is then its present template. */
  readonly observed: boolean;
  /** "OnDelete", "RollingUpdate". */
  readonly strategy: string;
  /** Of its first container. */
  readonly image: string;
  /** Hash of the newest template; "" when its controller has made none yet. */
  readonly newest: string;
  readonly pods: readonly DaemonPod[];
}

export interface DaemonName {
  readonly namespace: string;
  readonly name: string;
  /** "app=flannel": what its pods and its revisions carry. */
  readonly selector: string;
}

/** One DaemonSet with the revision of each of its pods; null when there is none. Its rows are short: a large cluster has many pods. */
export function daemonFact({ namespace, name, selector }: DaemonName): Fact<Daemon | null> {
  const key = `kube daemonset ${namespace}/${name}`;
  const script = sh`k -n ${namespace} get daemonset ${name} --ignore-not-found -o jsonpath='ds|{.metadata.generation}|{.status.observedGeneration}|{.spec.updateStrategy.type}|{.spec.template.spec.containers[0].image}{"\\n"}' || exit 1
k -n ${namespace} get controllerrevisions -l ${selector} -o jsonpath='{range .items[*]}rev|{.revision}|{.metadata.labels.controller-revision-hash}{"\\n"}{end}' || exit 1
k -n ${namespace} get pods -l ${selector} -o jsonpath='{range .items[*]}pod|{.metadata.name}|{.spec.nodeName}|{.metadata.labels.controller-revision-hash}|{.status.conditions[?(@.type=="Ready")].status}|{.metadata.deletionTimestamp}{"\\n"}{end}'`;
  return {
    key,
    script,
    parse: ({ code, stdout }) => {
      if (code !== 0)
        throw new FactError(key, `the cluster does not tell of DaemonSet ${namespace}/${name}`, stdout.slice(0, 200));
      const rows = stdout.split("\n").map((line) => line.split("|"));
      const [, generation, observed, strategy = "", image = ""] = rows.find(([kind]) => kind === "ds") ?? [];
      if (generation === undefined) return null;
      const revisions = rows
        .filter(([kind]) => kind === "rev")
        .map(([, number, hash = ""]) => ({ number: Number(number), hash }));
      const [newest] = revisions.sort((a, b) => b.number - a.number);
      const pods = rows
        .filter(([kind]) => kind === "pod")
        .map(([, pod = "", node = "", revision = "", ready, leaving]) => ({
          name: pod,
          node,
          revision,
          ready: ready === "True",
          leaving: leaving !== "",
        }));
      return { observed: Number(observed) >= Number(generation), strategy, image, newest: newest?.hash ?? "", pods };
    },
  };
}
