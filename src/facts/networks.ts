import { sh } from "../host/sh.ts";
import { type Fact, FactError } from "./fact.ts";

/** Parts of this tool's making that have agents in the cluster: "flannel" -> "kube-flannel/kube-flannel-ds". */
export const networksFact: Fact<ReadonlyMap<string, string>> = {
  key: "kube networks",
  script: sh`k get daemonsets -A -l provision/part -o jsonpath='{range .items[*]}{.metadata.labels.provision/part}|{.metadata.namespace}/{.metadata.name}{"\\n"}{end}'`,
  parse: ({ code, stdout }) => {
    if (code !== 0) throw new FactError("kube networks", "the cluster does not tell of its networks", stdout.slice(0, 200));
    return new Map(
      stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => line.split("|") as [string, string]),
    );
  },
};
