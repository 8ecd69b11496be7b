import { expect, test } from "vitest";
import { restoredMark, traces } from "../../../src/backup/restoreScripts.ts";
import { existsFact, fileFact } from "../../../src/facts/files.ts";
import { hostFacts } from "../../../src/facts/hostFacts.ts";
import { HostError } from "../../../src/host/host.ts";
import { ProvisionError } from "../../../src/model/diagnostic.ts";
import { lookAtPlanes } from "../../../src/run/restoreLook.ts";
import { Sessions } from "../../../src/run/sessions.ts";
import { World } from "../../../src/run/world.ts";
import { FakeHost } from "../../../src/testing/fakeHost.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { looks } from "./machines.ts";

interface Machine {
  readonly claim?: string;
  readonly stands?: readonly string[];
  readonly mark?: string;
  /** Exit code of the question for the API: 0 answers, 90 never initialised, 91 silent. */
  readonly api?: 0 | 90 | 91;
}

function plane(name: string, { claim = "", stands = [], mark = "", api = 90 }: Machine): FakeHost {
  const facts = [hostFacts, existsFact(traces), fileFact(restoredMark, true)];
  const markText = mark === "" ? "absent" : `file 600 root:root\n${"a".repeat(64)}  -\n${Buffer.from(mark).toString("base64")}`;
  return new FakeHost(name, [
    { when: /--raw \/readyz/, reply: { code: api } },
    looks(facts, (key) => ({
      code: 0,
      stdout: key === "host" ? `claimedBy=${claim}\n` : key.startsWith("exists") ? `${stands.join("\n")}\n` : `${markText}\n`,
    })),
  ]);
}
const cluster = sampleCluster({ controlPlanes: 2 });
const lookAt = (first: Machine, second: Machine | null = {}) => {
  const hosts = [plane("cp-1", first), ...(second === null ? [] : [plane("cp-2", second)])];
  const sessions = new Sessions(async (name) => {
    const host = hosts.find((one) => one.name === name);
    if (host === undefined) throw new HostError("unreachable", name, "no route to this host");
    return host;
  });
  return lookAtPlanes(new World(cluster, sessions));
};
const codes = (work: Promise<unknown>) =>
  work.then(
    () => [],
    (error: unknown) =>
      error instanceof ProvisionError ? error.diagnostics.map((one) => `${one.place.node} ${one.code}`) : error,
  );

test("fresh machines: nothing to empty, nobody answers", async () => {
  expect(await lookAt({})).toEqual({ answering: null, used: [], restoredFrom: "" });
});

test("machines of this cluster on which something stands are to be emptied; which API answers is said", async () => {
  const stands = ["/var/lib/etcd/member"];
  const down = await lookAt({ claim: "sample", stands, api: 91 });
  expect([down.answering, down.used.map((one) => one.name)]).toEqual([null, ["cp-1"]]);
  const up = await lookAt({ claim: "sample", stands, api: 91 }, { claim: "sample", stands, api: 0 });
  expect([up.answering?.name, up.used.length]).toEqual(["cp-2", 2]);
});

test("a restore that got as far as etcd's data is known by the backup's id", async () => {
  expect((await lookAt({ claim: "sample", stands: ["/var/lib/etcd/member"], mark: "abc123\n", api: 0 })).restoredFrom).toBe(
    "abc123",
  );
});

test("a machine of another cluster, one that nobody marked, and one that is silent are each refused by name, together", async () => {
  expect(await codes(lookAt({ claim: "prod" }, { stands: ["/etc/kubernetes/kubelet.conf"] }))).toEqual([
    "cp-1 os/other-cluster",
    "cp-2 restore/not-ours",
  ]);
  expect(await codes(lookAt({}, null))).toEqual(["cp-2 host/unreachable"]);
});
