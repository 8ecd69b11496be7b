import { type Answer, doubtful, inferred, no, seen, unknown } from "../../../src/kernel/answer.ts";
import type { Result } from "../../../src/preflight/check.ts";
import type { PreflightReport } from "../../../src/report/preflightReport.ts";

type Findings = Readonly<Record<string, Answer>>;

/** Titles of checks, and what each says of a node (by its place); null: not asked there. */
export type Sample = Readonly<Record<string, { readonly title: string; readonly says: (index: number) => Findings | null }>>;

export function reportOf(nodes: readonly string[], sample: Sample): PreflightReport {
  const results = Object.entries(sample).flatMap(([check, { title, says }]) =>
    nodes.flatMap((node, index): readonly Result[] => {
      const findings = says(index);
      if (findings === null) return [];
      return [{ check, title, node, findings: Object.entries(findings).map(([what, answer]) => ({ what, answer })) }];
    }),
  );
  return { cluster: "lab", nodes, results, diagnostics: [], besides: new Set() };
}

export const three = ["cp-1", "w-1", "w-2"];
export const many = ["cp-1", ...Array.from({ length: 299 }, (_, index) => `w-${index + 1}`)];

const nft = seen("loaded in a network namespace of its own and read back");

/** A control plane that is fine, workers whose kernel lacks VXLAN, the last node's memory low, one clock not readable. */
export const mixed: Sample = {
  "kernel/kube-proxy-nftables": { title: "kube-proxy nftables", says: () => ({ nat: nft, fib: nft }) },
  "kernel/flannel-vxlan": {
    title: "flannel vxlan",
    says: (index) => ({
      vxlan:
        index === 0
          ? inferred("module vxlan can be loaded")
          : no(
              "the kernel has no VXLAN",
              "take a kernel with CONFIG_VXLAN, or network.cni.backend: host-gw",
              "ip: Unknown device type.",
            ),
    }),
  },
  "host/etcd-disk": { title: "etcd's disk", says: (index) => (index === 0 ? { "fsync latency": seen("2 ms") } : null) },
  "host/memory": {
    title: "memory",
    says: (index) => ({ memory: index === 2 ? doubtful("512 MB of memory are little", "give it 2 GB") : seen("4096 MB") }),
  },
  "fleet/time": {
    title: "time",
    says: (index) => ({ time: index === 1 ? unknown("its clock could not be read") : seen("0.1 s off") }),
  },
};

export const fine: Sample = {
  "kernel/kube-proxy-nftables": { title: "kube-proxy nftables", says: () => ({ nat: nft }) },
  "kernel/flannel-vxlan": { title: "flannel vxlan", says: () => ({ vxlan: inferred("module vxlan can be loaded") }) },
  "host/memory": { title: "memory", says: () => ({ memory: seen("4096 MB") }) },
};
