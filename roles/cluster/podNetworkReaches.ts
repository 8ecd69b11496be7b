import { type Script, sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import type { Condition } from "../../src/role/action.ts";

/**
 * Another machine reaches this one through the pod network: the kubelet answers on an address of it that belongs to the node itself.
 * `address` sets $a, or leaves it empty; `none` and `deaf` say what it means that there is none, and that nobody answers.
 */
export const podNetworkReaches = ({ name }: NodeSpec, address: Script, none: string, deaf: string): Condition => ({
  summary: `${name} is reached through the pod network`,
  where: "control-plane",
  script: sh`${address}; [ -n "$a" ] || exit 3
timeout 3 bash -c "exec 3<>/dev/tcp/$a/10250"`,
  unmet: ({ code }) => (code === 0 ? null : code === 3 ? none : deaf),
  intervalMs: 500,
  deadlineMs: 60_000,
});
