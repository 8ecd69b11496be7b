import { afterAll, beforeAll, expect, test } from "vitest";
import { VERSIONS } from "../builds/versions.ts";
import { EXPLAINED } from "../explained.ts";
import { Scenario } from "../scenarios/scenario.ts";
import { differences, type Snapshot, takeSnapshot } from "../snapshot.ts";

/**
 * Retina's role beside flannel, with the laboratory's stand-in (retinaStandIn/README.md): what is shown is what this tool does, on a real
 * API server and real nodes. Whether Retina runs is not.
 */
let it: Scenario;
let fresh: readonly Snapshot[];

const nodes = ["cp-1", "w-1", "w-2"];
const look = (): Promise<readonly Snapshot[]> => Promise.all(nodes.map((name) => takeSnapshot(it.lab, name)));

/** null: without Retina. */
const withRetina = (retina: object | null, more: object = {}): string =>
  it.inventory((inventory) => Object.assign(inventory, { observability: { retina }, ...more }));

const metrics = (node: string): Promise<string> =>
  it.on(node, `bash -c 'exec 3<>/dev/tcp/127.0.0.1/10093 && printf "GET /metrics HTTP/1.0\\r\\n\\r\\n" >&3 && cat <&3'`);
/** What each node's own agent says that it is. */
const versions = (): Promise<readonly string[]> =>
  Promise.all(nodes.map(async (node) => /retina_stand_in_info\{version="(.*)"\} 1/.exec(await metrics(node))?.[1] ?? "nothing"));
const [before, after] = [`v${VERSIONS.retinaBefore}`, `v${VERSIONS.retina}`];

beforeAll(async () => {
  it = await Scenario.open("retina", { controlPlanes: 1, workers: 2 }, undefined, ["retina"]);
  fresh = await look();
});
afterAll(() => it?.close());

test("what does not go together is refused with its place, a chart that no catalog has before anything is done", async () => {
  const refused = async (retina: object, more: object, said: RegExp) => {
    withRetina(retina, more);
    expect((await it.expectRun(3, ["validate"])).stderr).toMatch(said);
  };
  const version = VERSIONS.retina;
  await refused({ version: "1.3.0" }, {}, /cluster\.yaml:\d+:\d+.*nothing is known of Retina 1\.3\.0/);
  await refused({ version, values: { image: { tag: "v1" } } }, {}, /cluster\.yaml:\d+:\d+.*image\.tag is set by this tool/);
  const cilium = { cni: { name: "cilium", version: "1.19.5" } };
  await refused(
    { version, variant: "hubble" },
    { network: cilium },
    /cluster\.yaml:\d+:\d+.*CiliumEndpoints and CiliumIdentities/,
  );
  withRetina({ version: "1.2.4" });
  expect((await it.expectRun(3, ["plan"])).stderr).toContain("retina-chart 1.2.4");
});

test("beside flannel: an agent on every node, counting; again there is nothing to do", async () => {
  withRetina({ version: VERSIONS.retinaBefore });
  await it.expectRun(0, ["up", "--yes"]);
  expect(await versions()).toEqual([before, before, before]);
  expect((await it.expectRun(0, ["up", "--yes"])).stdout).toContain("Nothing to do");
  await it.expectRun(0, ["verify"]);
});

test("an agent that answers without series of its node misses its gate: that node goes back alone, and the run stops", async () => {
  withRetina({ version: VERSIONS.retina, values: { standIn: { silentOn: "w-1" } } });
  const { stdout } = await it.expectRun(1, ["up", "--yes"]);
  expect(stdout).toContain('has no series networkobservability_forward_count{direction="ingress"}');
  expect(await versions()).toEqual([after, before, before]);
  expect(await metrics("w-1")).toContain("networkobservability_forward_count");
});

test("another version, and back to the one before by the inventory", async () => {
  withRetina({ version: VERSIONS.retina });
  await it.expectRun(0, ["up", "--yes"]);
  expect(await versions()).toEqual([after, after, after]);
  withRetina({ version: VERSIONS.retinaBefore });
  await it.expectRun(0, ["up", "--yes"]);
  expect(await versions()).toEqual([before, before, before]);
  await it.expectRun(0, ["verify"]);
});

test("out of the inventory it is gone, and a reset leaves nothing", async () => {
  withRetina(null);
  await it.expectRun(0, ["up", "--yes"]);
  const left =
    "daemonset,configmap,serviceaccount,service -n kube-system -o name | grep -i retina; kubectl get clusterroles,clusterrolebindings -o name | grep -i retina; true";
  expect(await it.kubectl(`get ${left}`)).toBe("");
  expect((await it.expectRun(0, ["up", "--yes"])).stdout).toContain("Nothing to do");
  await it.expectRun(0, ["reset", "--confirm", "retina"]);
  expect((await look()).flatMap((now, index) => differences(fresh[index] as Snapshot, now, EXPLAINED))).toEqual([]);
});
