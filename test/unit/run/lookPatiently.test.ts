import { expect, test } from "vitest";
import { nodesFact } from "../../../src/facts/kube.ts";
import { controlPlanes } from "../../../src/model/cluster.ts";
import { lookPatiently } from "../../../src/run/lookPatiently.ts";
import { FakeHost } from "../../../src/testing/fakeHost.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { isLook, lookReply, worldOf } from "./machines.ts";

const cluster = sampleCluster({ workers: 0 });
/** What the look's guard ends with: a control plane that was initialised and whose API does not answer, one that never was. */
const noAnswer = { code: 91 };
const notInitialised = { code: 90 };
const answers = (script: string) => ({ stdout: lookReply(script, () => ({ code: 0, stdout: '{"items": []}' })) });

test("an only API server that is being replaced is waited for", async () => {
  const host = new FakeHost("cp-1", [
    { when: isLook, reply: noAnswer, times: 1 },
    { when: isLook, reply: answers },
  ]);
  const { api, through } = await lookPatiently(worldOf(cluster, [host]).sessions, controlPlanes(cluster), [nodesFact]);
  expect([api, through?.name]).toEqual(["up", "cp-1"]);
});

test("where there is no cluster there is nothing to wait for", async () => {
  const host = new FakeHost("cp-1", [{ when: isLook, reply: notInitialised, times: 1 }]);
  const { api } = await lookPatiently(worldOf(cluster, [host]).sessions, controlPlanes(cluster), [nodesFact]);
  expect(api).toBe("none");
});
