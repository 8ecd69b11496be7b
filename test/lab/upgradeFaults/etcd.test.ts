import { afterAll, beforeAll, expect, test } from "vitest";
import { Scenario } from "../scenarios/scenario.ts";
import { brokenEtcd } from "./faults.ts";
import { nodeStates } from "./upgradeState.ts";

/** A member of etcd that does not come back from its change, on the first control plane and on a further one. */
const [from, to] = ["1.35.4", "1.36.4"] as const;
const upgrade = ["upgrade", "--to", to, "--yes"];
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");
let it: Scenario;
beforeAll(async () => {
  it = await Scenario.open("etcd", { controlPlanes: 3, workers: 0 }, [from, to]);
  it.inventory((inventory) => {
    for (const node of inventory.nodes) node.roles = ["control-plane", "worker"];
  });
  await it.expectRun(0, ["up", "--yes"]);
}, 1_800_000);
afterAll(() => it?.close());

/** Writes through cp-3's API server once a second until told to end; answers how many of how many were not taken. */
function writes() {
  const server = `https://${it.lab.node("cp-3").address}:6443`;
  let [failed, all, over] = [0, 0, false];
  const going = (async () => {
    while (!over) {
      const { exitCode } = await it.lab.exec(
        "cp-3",
        `export KUBECONFIG=/etc/kubernetes/admin.conf; kubectl --server=${server} --request-timeout=10s annotate --overwrite namespace default beat=$(date +%s%N)`,
      );
      all++;
      if (exitCode !== 0) failed++;
    }
  })();
  return async () => {
    over = true;
    await going;
    return { failed, all };
  };
}

/** The run that meets it, to its end: exit 1, the member named, every write taken elsewhere. */
async function stopsAt(node: string): Promise<string> {
  const end = await brokenEtcd(it, node);
  const written = writes();
  const run = it.start(upgrade);
  const { code, stdout, stderr } = await run.ended;
  const { failed, all } = await written();
  await end();
  const told = flat(`${stdout} ${stderr}`);
  console.log(`exit code ${code}, ${failed} of ${all} writes not taken: …${stdout.slice(-2500)}`);
  expect(code).toBe(1);
  expect(failed).toBe(0);
  expect(told).toMatch(new RegExp(`${node} control-plane/applied.* failed`));
  return told;
}

test.each([
  ["cp-1", "before any API server is new"],
  ["cp-2", "when cp-1's API server is new, and its own is not"],
])("on %s, %s: the run stops with the exact way back, and that brings the member back", { timeout: 2_400_000 }, async (node) => {
  const told = await stopsAt(node);
  expect(told).toContain(`${node}: static pods, back to ${from}`);
  expect(told).toMatch(new RegExp(`provision rollback --node ${node} --static-pods -i \\S+`));
  await it.expectRun(0, ["rollback", "--node", node, "--static-pods", "--yes"]);
  expect(await it.on(node, "grep -c no-such-option /etc/kubernetes/manifests/etcd.yaml; true")).toBe("0");
  for (const one of Object.values(await nodeStates(it)))
    expect(one).toMatchObject({ kubelet: from, ready: true, cordoned: false });
});

test("what did not come back is upgraded by the next run", { timeout: 2_400_000 }, async () => {
  await it.expectRun(0, upgrade);
  for (const one of Object.values(await nodeStates(it)))
    expect(one).toMatchObject({ kubelet: to, ready: true, cordoned: false, marked: false });
});
