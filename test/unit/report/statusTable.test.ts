import { expect, test } from "vitest";
import { widthOf } from "../../../src/plan/renderText.ts";
import { type NodeStatus, renderStatus } from "../../../src/report/statusTable.ts";

const node: NodeStatus = {
  name: "cp-1",
  roles: ["control-plane"],
  address: "192.0.2.11",
  inInventory: true,
  ready: "True",
  reason: "",
  kubelet: "v1.36.4",
  runtime: "containerd://2.3.4",
  kernel: "6.12.0-1-amd64",
  cordoned: false,
  taints: ["node-role.kubernetes.io/control-plane=:NoSchedule"],
};
const broken: NodeStatus = {
  ...node,
  name: "w-1",
  roles: ["worker"],
  ready: "False",
  reason: "\x1b[2Jcontainer runtime is down",
  cordoned: true,
  taints: [],
};
const status = { cluster: "rack-4", api: "up", nodes: [node, broken] } as const;

test("a line a node, a count below", () => {
  expect(renderStatus(status, { color: false, width: 160 })).toBe(
    [
      "NODE  READY  ROLES          ADDRESS     KUBELET  RUNTIME           KERNEL          NOTES",
      "cp-1  yes    control-plane  192.0.2.11  1.36.4   containerd 2.3.4  6.12.0-1-amd64  node-role.kubernetes.io/control-plane=:NoSchedule",
      "w-1   no     worker         192.0.2.11  1.36.4   containerd 2.3.4  6.12.0-1-amd64  cordoned, \\e[2Jcontainer runtime is down",
      "",
      "rack-4: 1 of 2 nodes ready for work",
      "",
    ].join("\n"),
  );
});

test("long cells are cut where the terminal ends, names are not", () => {
  const lines = renderStatus(status, { color: false, width: 90 }).split("\n");
  expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(90);
  expect(lines[1]).toMatch(/^cp-1 .*…$/);
});

test("a narrow terminal gets a block a node, with nothing cut", () => {
  const text = renderStatus(status, { color: false, width: 60 });
  expect(text).toContain("cp-1\n  ready    yes\n");
  expect(text).toContain("  notes    node-role.kubernetes.io/control-plane=:NoSchedule\n");
});

test("a cluster that does not answer, and a node that is nobody's", () => {
  const lost: NodeStatus = { ...node, ready: "absent", inInventory: false, kubelet: "", taints: [] };
  const text = renderStatus({ cluster: "rack-4", api: "down", nodes: [lost] }, { color: false, width: 160 });
  expect(text).toMatch(/^cp-1 {2}absent .* - .* not in the inventory$/m);
  expect(text).toContain("rack-4: no control plane answers, 0 of 1 node ready for work");
});
