import { afterAll, beforeAll, expect, test } from "vitest";
import { EXPLAINED } from "../explained.ts";
import { workload } from "../proof.ts";
import { differences, type Snapshot, takeSnapshot } from "../snapshot.ts";
import { Scenario } from "./scenario.ts";

/** A cluster comes and goes, and the machines are as they were before. */
let it: Scenario;
const before = new Map<string, Snapshot>();
const look = () => Promise.all(it.lab.nodes.map(async ({ name }) => [name, await takeSnapshot(it.lab, name)] as const));

beforeAll(async () => {
  it = await Scenario.open("s2", { controlPlanes: 1, workers: 2 });
  it.inventory();
  for (const [name, snapshot] of await look()) before.set(name, snapshot);
  await it.expectRun(0, ["up", "--yes"]);
});
afterAll(() => it?.close());

test("without its confirmation, or with a wrong one, reset changes nothing", async () => {
  for (const args of [["reset"], ["reset", "--confirm", "s1"], ["reset", "--node", "w-2", "--confirm", "w-1"]]) {
    const { stderr } = await it.expectRun(3, args);
    expect(stderr).toContain("nothing was changed");
  }
  await it.expectRun(3, ["reset", "--node", "w-9", "--confirm", "w-9"]);
  await it.expectRun(3, ["reset", "--node", "cp-1", "--confirm", "cp-1"]); // the only control plane
  await it.expectRun(0, ["plan"]);
});

/** The proof's pods go anywhere, also back to a node that is being drained; these leave it alone. */
const drainable = JSON.parse(
  JSON.stringify(workload).replace(
    '{"operator":"Exists"}',
    '{"key":"node-role.kubernetes.io/control-plane","operator":"Exists"}',
  ),
);

test("one node leaves while a workload on it answers, and is as it was found", async () => {
  await it.kubectl("cordon w-1"); // so that all of it is on w-2
  await it.kubectl(`apply -f - <<'END'\n${JSON.stringify(drainable)}\nEND`);
  await it.kubectl("-n proof create poddisruptionbudget hello --selector=app=hello --max-unavailable=1");
  await it.kubectl("-n proof rollout status deployment/hello --timeout=120s");
  expect(await it.kubectl("-n proof get pods -o wide --no-headers")).toContain(" w-2 ");
  await it.kubectl("uncordon w-1");
  const address = await it.kubectl("-n proof get service hello -o jsonpath={.spec.clusterIP}");
  const answered = `timeout 60 sh -c 'until curl -s --max-time 2 http://${address}/ >/dev/null; do sleep 0.2; done'`;
  await it.on("cp-1", answered);
  await it.on(
    "cp-1",
    `systemd-run --quiet --unit asking sh -c 'while sleep 0.2; do curl -sS --max-time 2 http://${address}/ >/dev/null 2>>/tmp/unanswered; done'`,
  );
  await it.expectRun(0, ["reset", "--node", "w-2", "--confirm", "w-2"]);
  expect(await it.on("cp-1", "systemctl stop asking; cat /tmp/unanswered; rm /tmp/unanswered")).toBe("");
  expect(await it.kubectl("get nodes -o name")).toBe("node/cp-1\nnode/w-1");
  expect(await it.kubectl("-n proof get pods -o wide --no-headers")).not.toContain(" w-2 ");
  expect(differences(before.get("w-2") ?? new Map(), await takeSnapshot(it.lab, "w-2"), EXPLAINED)).toEqual([]);
});

test("the same inventory takes it in again", async () => {
  await it.expectRun(2, ["plan"]);
  await it.expectRun(0, ["up", "--yes"]);
  await it.expectRun(0, ["plan"]);
  await it.expectRun(0, ["verify"]);
  await it.expectProof();
});

test("reset of the cluster leaves every machine as it was found", async () => {
  await it.expectRun(0, ["reset", "--confirm", "s2"]);
  const left = (await look()).flatMap(([name, after]) =>
    differences(before.get(name) ?? new Map(), after, EXPLAINED).map((line) => `${name} ${line}`),
  );
  expect(left).toEqual([]);
});

test("after it, the machines are fresh to plan, and a second reset finds nothing to do", async () => {
  const { stdout } = await it.expectRun(2, ["plan"]);
  expect(stdout).toContain("kubeadm init");
  await it.expectRun(0, ["reset", "--confirm", "s2"]);
});
