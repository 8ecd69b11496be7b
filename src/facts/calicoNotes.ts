import { sh } from "../host/sh.ts";
import { type Fact, FactError } from "./fact.ts";

/** What Calico's own objects say of nodes and of their shares of the pods' network, while flannel is in the cluster too. */
export interface CalicoNotes {
  readonly nodes: readonly {
    readonly name: string;
    /** Address and prefix; "" when Calico has not been told. */
    readonly address: string;
    /** Of the end of its tunnel. */
    readonly tunnel: string;
    readonly mac: string;
  }[];
  /** CIDR -> node it belongs to; null: nobody's. */
  readonly blocks: ReadonlyMap<string, string | null>;
}

const key = "kube calico notes";
const annotation = (name: string): string => `{.metadata.annotations.projectcalico\\.org/${name}}`;

/** null: flannel is not there, so nothing of it must be noted. Large clusters have many blocks: they are asked for only then. */
export const calicoNotesFact: Fact<CalicoNotes | null> = {
  key,
  script: sh`old=$(k get daemonsets -A -l provision/part=flannel -o name) || exit 1
[ -n "$old" ] || exit 0
k get nodes -o ${`jsonpath={range .items[*]}node|{.metadata.name}|${annotation("IPv4Address")}|${annotation("IPv4VXLANTunnelAddr")}|${annotation("VXLANTunnelMACAddr")}{"\\n"}{end}`} || exit 1
known=$(k get customresourcedefinition ipamblocks.crd.projectcalico.org --ignore-not-found -o name) || exit 1
[ -z "$known" ] || k get ipamblocks.crd.projectcalico.org -o jsonpath='{range .items[*]}block|{.spec.cidr}|{.spec.affinity}{"\\n"}{end}'`,
  parse: ({ code, stdout }) => {
    if (code !== 0) throw new FactError(key, "the cluster does not tell what Calico knows of its nodes", stdout.slice(0, 200));
    if (stdout === "") return null;
    const rows = stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("|"));
    const of = (kind: string) => rows.filter(([first]) => first === kind).map(([, ...rest]) => rest);
    return {
      nodes: of("node").map(([name = "", address = "", tunnel = "", mac = ""]) => ({
        name,
        address,
        tunnel,
        mac: mac.toLowerCase(),
      })),
      blocks: new Map(
        of("block").map(([cidr = "", affinity = ""]) => [
          cidr,
          affinity.startsWith("host:") ? affinity.slice("host:".length) : null,
        ]),
      ),
    };
  },
};
