import { z } from "zod";
import { sh } from "../host/sh.ts";
import { jsonOrNull } from "../model/jsonOrNull.ts";
import type { Fact } from "./fact.ts";

const status = z.array(
  z.object({
    Endpoint: z.string(),
    Status: z.object({
      version: z.string(),
      leader: z.number(),
      isLearner: z.boolean().default(false),
      errors: z.array(z.string()).nullish(),
    }),
  }),
);

export interface EtcdMember {
  readonly endpoint: string;
  /** "3.6.8" */
  readonly version: string;
  /** 0: it knows none. */
  readonly leader: number;
  readonly learner: boolean;
  /** Alarms and the like, in its own words. */
  readonly errors: readonly string[];
}

/** The members that answered the one on the asked control plane; `trouble`: etcdctl's last words when any did not. */
export interface EtcdSeen {
  readonly members: readonly EtcdMember[];
  readonly trouble: string | null;
}

export const etcdMembersFact: Fact<EtcdSeen> = {
  key: "kube etcd members",
  script: sh`id=$(crictl ps -q --name '^etcd$' | head -n 1); [ -n "$id" ] || { echo "no etcd runs on this control plane"; exit 1; }
crictl exec "$id" etcdctl --command-timeout=4s --endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key endpoint status --cluster -w json 2>&1`,
  parse: ({ code, stdout }) => {
    const lines = stdout.split("\n").filter((line) => line.trim() !== "");
    const json = lines.find((line) => line.startsWith("["));
    const parsed = status.safeParse(json === undefined ? null : jsonOrNull(json));
    const trouble = lines.filter((line) => line !== json).at(-1) ?? "it said nothing";
    if (!parsed.success) return { members: [], trouble };
    const members = parsed.data.map(({ Endpoint: endpoint, Status: { version, leader, isLearner: learner, errors } }) => ({
      endpoint,
      version,
      leader,
      learner,
      errors: errors ?? [],
    }));
    return { members, trouble: code === 0 ? null : trouble };
  },
};
