import { type Fact, FactError } from "../facts/fact.ts";
import { sh } from "../host/sh.ts";
import { imageName } from "./imageName.ts";

/** One container as the API has it. */
export interface ApiContainer {
  readonly init: boolean;
  /** Of `status.imageID`; null: it has not begun, or it is no digest of a manifest. */
  readonly digest: string | null;
  readonly privileged: boolean;
}

const key = "kube containers";

/**
 * All containers the API knows: "<uid of the pod> <container>" -> what it says of it. A static pod's uid is the hash of its file, by which
 * the kubelet knows it. A row a pod, and of it no more than is used: environments stay where they are.
 */
export const podsFact: Fact<ReadonlyMap<string, ApiContainer>> = {
  key,
  script: sh`k get pods -A -o jsonpath='{range .items[*]}{.metadata.uid}{"\\t"}{.metadata.annotations.kubernetes\\.io/config\\.hash}{range .spec.initContainers[*]}{"\\tI"}{.name}|{.securityContext.privileged}{end}{range .spec.containers[*]}{"\\tC"}{.name}|{.securityContext.privileged}{end}{range .status.initContainerStatuses[*]}{"\\tS"}{.name}|{.imageID}{end}{range .status.containerStatuses[*]}{"\\tS"}{.name}|{.imageID}{end}{"\\n"}{end}'`,
  parse: ({ code, stdout }) => {
    if (code !== 0) throw new FactError(key, "the cluster does not tell its pods", stdout.slice(0, 200));
    return new Map(stdout.split("\n").flatMap((line) => (line === "" ? [] : containersOf(line))));
  },
};

function containersOf(line: string): readonly (readonly [string, ApiContainer])[] {
  const [uid = "", hash = "", ...fields] = line.split("\t");
  const of = (kind: string) =>
    fields
      .filter((field) => field.startsWith(kind))
      .map((field) => {
        const [name = "", value = ""] = field.slice(1).split("|");
        return [name, value] as const;
      });
  const ids = new Map(of("S"));
  const told = (init: boolean, kind: string) =>
    of(kind).map(([name, privileged]) => {
      const { digest } = imageName(ids.get(name) ?? "");
      return [`${hash === "" ? uid : hash} ${name}`, { init, digest, privileged: privileged === "true" }] as const;
    });
  return [...told(true, "I"), ...told(false, "C")];
}
