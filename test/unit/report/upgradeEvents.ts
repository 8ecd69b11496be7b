import type { EventBody, RunEvent } from "../../../src/run/event.ts";

const begin = Date.parse("2026-01-02T10:00:00Z");

/** Events with the seconds at which they are told. */
export const at = (...told: readonly (readonly [seconds: number, body: EventBody])[]): readonly RunEvent[] =>
  told.map(([seconds, body]) => ({ at: new Date(begin + seconds * 1000).toISOString(), run: "r", ...body }) as RunEvent);

export const clockAt = (seconds: number): number => begin + seconds * 1000;

const start = (step: string, node: string): EventBody => ({ type: "step-started", step, node });
const end = (step: string, node: string, seconds: number): EventBody => ({
  type: "step-ended",
  step,
  node,
  outcome: "changed",
  seconds,
});

/** A hop of one control plane and two workers: 30 s of staging, 60 s of static pods, turns of 40 s, 20 s and 30 s, 10 s of the rest. */
export const hop: readonly RunEvent[] = at(
  [
    0,
    {
      type: "run-started",
      verb: "upgrade",
      cluster: "rack-4 to 1.36.4",
      by: { user: "ann", host: "desk", pid: 42 },
      steps: [
        ...["cp-1", "w-1", "w-2"].map((node) => ({ id: `kubernetes/store@${node}`, node, summary: "programs" })),
        { id: "turn/drain@w-1", node: "w-1", summary: "out of service" },
        { id: "cluster/dns", node: null, summary: "cluster DNS" },
      ],
      upgrade: {
        from: "1.35.4",
        to: "1.36.4",
        later: 0,
        controlPlanes: ["cp-1"],
        groups: [
          { name: "control planes", window: 1, nodes: ["cp-1"] },
          { name: "workers", window: 1, nodes: ["w-1", "w-2"] },
        ],
      },
    },
  ],
  [1, start("kubernetes/store", "w-1")],
  [20, end("kubernetes/store", "w-1", 19)],
  [30, start("turn/etcd-before", "cp-1")],
  [31, end("turn/etcd-before", "cp-1", 1)],
  [32, start("control-plane/applied", "cp-1")],
  [85, end("control-plane/applied", "cp-1", 53)],
  [86, start("turn/etcd-after", "cp-1")],
  [90, end("turn/etcd-after", "cp-1", 4)],
  [100, start("turn/gate-in", "cp-1")],
  [101, end("turn/gate-in", "cp-1", 1)],
  [138, start("turn/uncordon", "cp-1")],
  [140, end("turn/uncordon", "cp-1", 2)],
  [140, start("turn/drain", "w-1")],
  [142, { type: "waiting", step: "turn/drain", node: "w-1", summary: "drain", reason: "would violate the budget" }],
  [150, end("turn/drain", "w-1", 10)],
  [150, start("turn/change", "w-1")],
  [151, start("kubernetes/kubelet", "w-1")],
  [155, end("kubernetes/kubelet", "w-1", 4)],
  [156, end("turn/change", "w-1", 6)],
  [158, start("turn/uncordon", "w-1")],
  [160, end("turn/uncordon", "w-1", 2)],
  [160, start("turn/drain", "w-2")],
  [189, start("turn/uncordon", "w-2")],
  [190, end("turn/uncordon", "w-2", 1)],
  [200, { type: "run-ended", outcome: "done", seconds: 200, left: [] }],
);
export const until = (seconds: number): readonly RunEvent[] => hop.filter((event) => Date.parse(event.at) <= clockAt(seconds));
