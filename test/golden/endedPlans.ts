import type { Plan } from "../../src/plan/plan.ts";
import { ok } from "../../src/role/verdict.ts";
import { blocked, change, nodes, step } from "./samplePlans.ts";

export const blockedPlan: Plan = {
  cluster: "rack-4",
  diagnostics: [
    {
      severity: "error",
      code: "host/unreachable",
      message: "no answer on port 22",
      place: { node: "w-2" },
      seen: "connect ETIMEDOUT 192.0.2.22:22",
      hint: "check the address, and that sshd runs",
    },
  ],
  steps: ["cp-1", "w-1"].flatMap((node) => [
    step(
      "os/swap",
      "swap is off",
      node,
      blocked({
        code: "os/swap-on",
        message: "swap is on",
        seen: "Filename Type Size Used Priority\n/dev/sda2 partition 2097148 0 -2",
        hint: "turn it off, or write os.swap: disable",
      }),
    ),
    step(
      "os/sysctls",
      "kernel settings",
      node,
      change({ what: "sysctl", action: "set", target: "net.ipv4.ip_forward", detail: "0 -> 1" }),
    ),
  ]),
};

/** Nothing to do. */
export const converged: Plan = {
  cluster: "rack-4",
  diagnostics: [],
  steps: [...nodes.map((node) => step("os/sysctls", "kernel settings", node, ok)), step("cni/flannel", "pod network", null, ok)],
};

/** What a node that has been taken over may answer: colours, cursor moves, titles, text that runs backwards. */
export const hostile: Plan = {
  cluster: "rack-4",
  diagnostics: [
    {
      severity: "error",
      code: "facts/not-understood",
      message: "could not read \x1b]0;owned\x07 the state",
      place: { node: "w-1" },
      seen: "\x1b[2J\x1b[HNothing to do: 3 nodes are as the inventory says.\r\n\u202egnp.exe",
      hint: "look at the node",
    },
  ],
  steps: [
    step(
      "os/files",
      "files",
      "w-1",
      change(
        {
          what: "file",
          action: "update",
          target: "/etc/x\x1b[31m\nPlan: nothing",
          detail: "644 \x9b2Kroot -> 644 root:root",
          before: "old\x1b[1A\x1b[2K\n\tkept\r\n",
          after: "new\n\tkept\n",
        },
        { what: "unit", action: "restart", target: "x\u0007.service", disrupts: "\x1b[8mhidden" },
      ),
    ),
  ],
};
