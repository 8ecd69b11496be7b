import { expect, test } from "vitest";
import type { Kept } from "../../../src/facts/kept.ts";
import { backupFor, type RollbackFacts, rollbacks } from "../../../src/upgrade/rollback.ts";
import { sampleCluster } from "../sampleCluster.ts";

const cluster = sampleCluster({ controlPlanes: 2, workers: 1 });
const kept = (more: Partial<Kept> = {}): Kept => ({
  kind: "node",
  before: "1.35.4",
  until: "1.36.4",
  at: 1_800_000_000,
  done: true,
  missing: [],
  etcd: "",
  ...more,
});
const pods = (more: Partial<Kept> = {}): Kept => kept({ kind: "pods", etcd: "3.6.6-0", done: false, ...more });

interface Given {
  readonly kept: Record<string, readonly Kept[]>;
  readonly servers?: Record<string, string>;
  readonly kubelets?: Record<string, string>;
  readonly noted?: string;
  readonly seen?: Record<string, readonly string[]>;
  readonly etcd?: string;
  readonly live?: false;
}

/** Both API servers, all kubelets and all machines on 1.35.4 unless said otherwise. */
function facts(given: Given): RollbackFacts {
  const seen = given.seen ?? { "cp-1": ["1.35.4"], "cp-2": ["1.35.4"] };
  return {
    kept: new Map(Object.entries(given.kept)),
    seen: new Map(Object.entries(seen).map(([name, versions]) => [name, { versions, etcd: given.etcd ?? "3.6.8-0" }])),
    live:
      given.live === false
        ? null
        : {
            apiServers: new Map(Object.entries(given.servers ?? { "cp-1": "1.35.4", "cp-2": "1.35.4" })),
            kubelets: new Map(Object.entries(given.kubelets ?? { "cp-1": "1.35.4", "cp-2": "1.35.4", "w-1": "1.35.4" })),
            noted: given.noted ?? "1.35.4",
          },
  };
}
const ask = (given: Given): string | null | undefined => {
  const [one] = rollbacks(cluster, facts(given));
  return one === undefined ? undefined : (one.refused?.message ?? null);
};
const upgraded = { "cp-1": "1.36.4", "cp-2": "1.36.4" };

test("a worker may go back under newer API servers", () => {
  expect(ask({ kept: { "w-1": [kept()] }, servers: upgraded })).toBeNull();
});

test("nothing kept: no way back", () => {
  expect(ask({ kept: {} })).toBeUndefined();
});

test("of several changes of one node the last is undone", () => {
  const both = [kept({ until: "1.36.4", at: 20, before: "1.35.4" }), kept({ until: "1.35.4", at: 10, before: "1.34.1" })];
  expect(rollbacks(cluster, facts({ kept: { "w-1": both }, servers: upgraded })).map((one) => one.kept.before)).toEqual([
    "1.35.4",
  ]);
});

test("a kubelet more than three minors older, or newer, than an API server is refused", () => {
  const servers = { "cp-1": "1.36.4", "cp-2": "1.36.4" };
  expect(ask({ kept: { "w-1": [kept({ before: "1.33.9" })] }, servers })).toBeNull();
  expect(ask({ kept: { "w-1": [kept({ before: "1.32.9" })] }, servers })).toContain("more than 3 minors older");
  expect(ask({ kept: { "w-1": [kept({ before: "1.36.1" })] } })).toContain("newer than the API server of cp-1 (1.35.4");
});

test("a node goes back only where its programs are, the cluster knows it, and somebody answers", () => {
  expect(ask({ kept: { "w-1": [kept({ missing: ["/opt/provision/store/kubelet-1.35.4-ab/kubelet"] })] } })).toContain(
    "kubelet-1.35.4-ab",
  );
  expect(ask({ kept: { "w-1": [kept()] }, kubelets: {} })).toContain("does not know");
  expect(ask({ kept: { "w-1": [kept()] }, live: false })).toContain("no API server answers");
});

test("static pods go back within a minor, whatever has served", () => {
  const patch = pods({ before: "1.36.1" });
  expect(ask({ kept: { "cp-1": [patch] }, servers: upgraded, kubelets: upgraded, noted: "1.36.4" })).toBeNull();
  expect(ask({ kept: { "cp-1": [patch] }, live: false, seen: {} })).toBeNull();
});

test("static pods go back to another minor while no API server of the newer one has run anywhere", () => {
  expect(ask({ kept: { "cp-1": [pods()] } })).toBeNull();
  expect(ask({ kept: { "cp-1": [pods()] }, live: false })).toBeNull();
});

test("a member of etcd that did not come back goes back although another API server is new: the machine's own is still the old one", () => {
  const servers = { "cp-1": "1.36.4", "cp-2": "1.35.4" };
  const seen = { "cp-1": ["1.35.4", "1.36.4"], "cp-2": ["1.35.4"] };
  expect(ask({ kept: { "cp-2": [pods()] }, servers, seen, noted: "1.36.4" })).toBeNull();
  expect(ask({ kept: { "cp-2": [pods()] }, servers, seen: { ...seen, "cp-2": ["1.35.4", "1.36.4"] } })).toContain("on cp-1");
});

test("beside newer API servers the skew policy still holds: no kubelet newer than the one that stays old, no API server two minors ahead", () => {
  const seen = { "cp-1": ["1.36.4"], "cp-2": ["1.35.4"] };
  const given = { kept: { "cp-2": [pods()] }, servers: { "cp-1": "1.36.4", "cp-2": "1.35.4" }, seen };
  expect(ask({ ...given, kubelets: { "cp-1": "1.36.4", "w-1": "1.35.4" } })).toContain(
    "the kubelet of cp-1 (1.36.4) would be newer",
  );
  const apart = {
    kept: { "cp-2": [pods({ before: "1.34.9", until: "1.35.4" })] },
    seen: { "cp-1": ["1.36.4"], "cp-2": ["1.34.9"] },
  };
  expect(ask({ ...apart, servers: { "cp-1": "1.36.4", "cp-2": "1.34.9" }, kubelets: {} })).toContain("more than one minor apart");
});

test.each([
  [
    "it runs on another control plane, and this one's own is not known",
    { servers: { "cp-2": "1.36.4" }, seen: { "cp-1": [], "cp-2": [] } },
    "1.36.4 runs or has run on cp-2",
  ],
  [
    "its container is known to the machine",
    { seen: { "cp-1": ["1.35.4", "1.36.4"], "cp-2": [] } },
    "1.36.4 runs or has run on cp-1",
  ],
  [
    "kubeadm has noted its version",
    { noted: "1.36.4", servers: { "cp-2": "1.35.4" }, seen: { "cp-1": [], "cp-2": [] } },
    "the cluster notes version 1.36.4",
  ],
  ["a control plane cannot be asked", { servers: {}, seen: { "cp-1": [] } }, "cp-2 does not answer"],
  ["a kubelet is of the newer minor", { kubelets: { "w-1": "1.36.4" } }, "the kubelet of w-1 (1.36.4) would be newer"],
  ["etcd of another minor has opened the data", { etcd: "3.7.0-0" }, "etcd 3.7.0-0 has opened the data"],
] as const)("static pods do not go back to another minor when %s", (_, given, message) => {
  expect(ask({ kept: { "cp-1": [pods()] }, ...given })).toContain(message);
});

test("the backup to go back to is of the version before, or the newest that is older", () => {
  const list = ["1.36.4", "1.35.4", "1.34.1"].map((kubernetes) => ({ kubernetes }));
  expect(backupFor(list, "1.35.4")).toEqual({ kubernetes: "1.35.4" });
  expect(backupFor(list, "1.35.9")).toEqual({ kubernetes: "1.35.4" });
  expect(backupFor(list, "1.33.0")).toBeNull();
});
