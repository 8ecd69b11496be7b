import { expect, test } from "vitest";
import { keptFact, serversSeenFact } from "../../../src/facts/kept.ts";

const said = (stdout: string) => ({ code: 0, stdout });

test("what is kept: a line each, with programs that are gone", () => {
  const gone = "/opt/provision/store/a/kubelet /opt/provision/store/a/kubeadm ";
  expect(
    keptFact.parse(said(`node-1.36.4\t1.35.4\t1800000000\tdone\t\t${gone}\npods-1.36.4\t1.35.4\t1800000001\t\t3.6.6-0\t\n`)),
  ).toEqual([
    {
      kind: "node",
      before: "1.35.4",
      until: "1.36.4",
      at: 1_800_000_000,
      done: true,
      missing: ["/opt/provision/store/a/kubelet", "/opt/provision/store/a/kubeadm"],
      etcd: "",
    },
    { kind: "pods", before: "1.35.4", until: "1.36.4", at: 1_800_000_001, done: false, missing: [], etcd: "3.6.6-0" },
  ]);
  expect(keptFact.parse(said(""))).toEqual([]);
});

test.each([
  "node-1.36.4\tnow\t1\t\t\t\n",
  "other-1.36.4\t1.35.4\t1\t\t\t\n",
  "node-$(x)\t1.35.4\t1\t\t\t\n",
  "node-1.36.4\t1.35.4\t\t\t\t\n",
])("what is not understood is not taken for something else: %j", (line) => {
  expect(() => keptFact.parse(said(line))).toThrow("is not understood");
});

test("API servers that were seen, each once, and etcd's tag; anything else is passed over", () => {
  expect(serversSeenFact.parse(said("etcd 3.6.8-0\n1.36.4\n1.36.4\n1.35.4\nnonsense\n"))).toEqual({
    versions: ["1.36.4", "1.35.4"],
    etcd: "3.6.8-0",
  });
  expect(serversSeenFact.parse(said(""))).toEqual({ versions: [], etcd: "" });
});
