import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { FactReplies } from "../../../src/facts/fact.ts";
import type { FakeNode } from "../../../src/testing/fakeNode.ts";
import { effects } from "./effects.ts";
import { fixture, flannelManifest, freshMachine, harness, inventory, liveCluster, noCluster } from "./sample.ts";

const cluster = inventory("lab");
const roles = harness(cluster);

/** The fixtures leave out texts and their digests: put in as the roles write them now, in the form a real machine prints them. */
function filledIn(replies: FactReplies, machine: FakeNode): FactReplies {
  const textOf = (path: string): string => {
    const at = machine.paths.get(path);
    if (at?.kind !== "file") throw new Error(`no role writes ${path}; capture the fixtures anew (captureFixtures.ts)`);
    return at.text;
  };
  const digest = (path: string): string => createHash("sha256").update(textOf(path)).digest("hex");
  return new Map(
    [...replies].map(([key, { code, stdout }]) => {
      const path = /^file [+-] (.*)$/.exec(key)?.[1];
      if (path !== undefined && stdout.startsWith("file "))
        return [key, { code, stdout: `${stdout}${digest(path)}  -\n${Buffer.from(textOf(path)).toString("base64")}` }] as const;
      return [key, { code, stdout: stdout.replaceAll(/<sha256> {2}(\S+)/g, (_, at: string) => `${digest(at)}  ${at}`) }] as const;
    }),
  );
}

const live = liveCluster();

describe("what machines of a running cluster answered", () => {
  test.each(["cp-1", "w-1"])("%s needs nothing", (name) => {
    const model = freshMachine(name);
    roles.converge(name, model, name === "cp-1" ? noCluster : live, effects);
    const replies = filledIn(fixture(name), model);
    const verdicts = roles.instances
      .filter((one) => one.node?.name === name)
      .map(({ id }) => [id, roles.check(id, model, live, replies)] as const);
    expect(verdicts.filter(([, verdict]) => verdict.status !== "ok")).toEqual([]);
  });

  test("the cluster needs nothing", () => {
    expect(flannelManifest).toContain("DaemonSet");
    for (const id of ["kube-proxy/daemonset", "kube-proxy/config", "flannel/installed", "dns/installed", "cluster/ready"]) {
      expect([id, roles.check(id, null, live)]).toMatchObject([id, { status: "ok" }]);
    }
  });

  test("a node that is in the cluster but not in the inventory is told, not touched", () => {
    const smaller = harness({ ...cluster, nodes: cluster.nodes.filter((node) => node.name !== "w-2") });
    const verdict = smaller.check("cluster/ready", null, live);
    expect(verdict).toMatchObject({
      status: "ok",
      warnings: [{ code: "cluster/stranger", message: expect.stringContaining("w-2") }],
    });
  });

  test("an answer that is cut off is not taken for an empty one", () => {
    const cut = liveCluster({ "kube nodes": '{"items": [{"metadata"' });
    expect(roles.check("cluster/ready", null, cut)).toMatchObject({
      status: "blocked",
      reasons: [{ code: "facts/not-understood" }],
    });
  });
});
