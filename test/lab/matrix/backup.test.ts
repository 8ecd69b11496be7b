import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackupManifest } from "../../../src/backup/manifest.ts";
import { Scenario } from "../scenarios/scenario.ts";

/** Three control planes and a worker: a backup, the loss of all three machines, and the cluster brought back under a worker that went on. */
let it: Scenario;
let folder: string;
let identity: string;

const planes = ["cp-1", "cp-2", "cp-3"];
const work = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "work", namespace: "default" },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "work" } },
    template: {
      metadata: { labels: { app: "work" } },
      spec: {
        containers: [{ name: "work", image: "docker.io/library/busybox:1.36", command: ["/bin/busybox", "sleep", "100000"] }],
      },
    },
  },
};
/** Its UID, and when its only container started: both the same means that nothing happened to it. */
const pod = (): Promise<string> =>
  it.kubectl(
    "get pod -l app=work -o jsonpath='{.items[*].metadata.uid} {.items[*].status.containerStatuses[0].restartCount} {.items[*].status.containerStatuses[0].state.running.startedAt}'",
  );
const said = (): Promise<string> => it.kubectl("get configmap note -o jsonpath='{.data.said}'");
const word = (): Promise<string> => it.kubectl("get secret word -o jsonpath='{.data.word}' | base64 -d");
const manifestOf = (path: string): BackupManifest => JSON.parse(readFileSync(join(path, "manifest.json"), "utf8"));
/** What provision left on a node of its gathering. */
const gathered = (node: string): Promise<string> =>
  it.on(
    node,
    "ls /var/lib/provision; PATH=$PATH:/usr/local/bin ctr -n k8s.io containers ls | grep provision-etcd; systemctl list-units --all --plain --no-legend 'provision-backup-*'; true",
  );

beforeAll(async () => {
  it = await Scenario.open("backup", { controlPlanes: 3, workers: 1 });
  const key = await generateIdentity();
  identity = join(it.folder, "key.txt");
  writeFileSync(identity, `${key}\n`, { mode: 0o600 });
  const recipient = await identityToRecipient(key);
  it.inventory((inventory) => Object.assign(inventory, { backup: { age: [recipient], keep: 2 } }));
  await it.expectRun(0, ["up", "--yes"]);
  await it.kubectl("create configmap note --from-literal=said=before");
  await it.kubectl("create secret generic word --from-literal=word=sesame");
  await it.kubectl(`apply -f - <<'END'\n${JSON.stringify(work)}\nEND`);
  await it.kubectl("rollout status deployment/work --timeout=120s");
});
afterAll(() => it?.close());

test("a backup is whole, owner-only, encrypted, and leaves nothing on the nodes", async () => {
  const { stdout } = await it.expectRun(0, ["backup"]);
  folder = /^Backup: (\S+)/m.exec(stdout)?.[1] ?? "";
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const { files, etcd, missing, nodes } = manifestOf(folder);
  expect({ missing, nodes }).toEqual({ missing: [], nodes: [...planes, "w-1"] });
  expect(etcd.keys).toBeGreaterThan(100);
  for (const { path, size } of files) {
    expect(path).toMatch(/\.age$/);
    expect(statSync(join(folder, path))).toMatchObject({ size });
    expect(statSync(join(folder, path)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, path)).subarray(0, 21).toString()).toBe("age-encryption.org/v1");
  }
  for (const { name } of it.lab.nodes) expect(await gathered(name)).not.toMatch(/backup|provision-etcd/);
  await it.expectRun(0, ["plan"]);
  expect((await it.expectRun(0, ["backup", "--list"])).stdout).toContain("1.36.4");
});

test("one into a full disk, or into a folder that is there, is told before anything is done", async () => {
  await it.on("cp-1", "mkdir -p /var/lib/provision && mount -t tmpfs -o size=8m none /var/lib/provision");
  const { stdout } = await it.expectRun(3, ["backup"]);
  expect(stdout).toContain("backup/no-room");
  await it.on("cp-1", "umount /var/lib/provision");
  expect((await it.expectRun(3, ["backup", "-o", it.folder])).stdout).toContain("backup/exists");
  expect(readdirSync(join(folder, ".."))).toHaveLength(1);
});

test("a backup that is killed leaves nothing that counts, and the next one clears up", async () => {
  const running = it.start(["backup", "--json"]);
  await running.event((event) => event.type === "waiting" && event.step === "backup/etcd");
  running.process.kill("SIGKILL");
  await running.ended;
  expect((await it.expectRun(0, ["backup", "--list", "--json"])).stdout.match(/"folder"/g)).toHaveLength(1);
  const other = join(it.folder, "other");
  await it.expectRun(0, ["backup", "-o", other]);
  expect(existsSync(join(other, "manifest.json"))).toBe(true);
  for (const { name } of it.lab.nodes) expect(await gathered(name)).not.toMatch(/backup|provision-etcd/);
});

test("restore changes nothing while the cluster lives, without the key, without the name, or when a file was changed", async () => {
  const key = ["--identity", identity];
  expect((await it.expectRun(3, ["restore", folder, ...key, "--confirm", "backup"])).stderr).toContain("restore/still-answers");
  expect((await it.expectRun(3, ["restore", folder, "--confirm", "backup"])).stderr).toContain("encrypted");
  const file = join(folder, manifestOf(folder).files[0]?.path ?? "");
  const bytes = readFileSync(file);
  chmodSync(file, 0o600);
  writeFileSync(file, Buffer.concat([bytes, Buffer.from("x")]));
  expect((await it.expectRun(3, ["restore", folder, ...key, "--confirm", "backup"])).stderr).toContain(
    "is not what the manifest says",
  );
  writeFileSync(file, bytes);
  await it.expectRun(0, ["verify"]);
});

test("three control planes lost: the cluster comes back as it was, and the worker's pod never noticed", async () => {
  const before = await pod();
  await it.kubectl("create configmap later --from-literal=a=b");
  await it.kubectl(`patch configmap note -p '{"data":{"said":"after"}}'`);
  for (const name of planes) await it.lab.removeNode(name);
  for (const [index, name] of planes.entries()) await it.lab.addNode(name, "control-plane", index + 1);

  const run = ["restore", folder, "--identity", identity];
  expect((await it.expectRun(3, [...run, "--confirm", "other"])).stderr).toContain("nothing was changed");
  await it.expectRun(0, [...run, "--confirm", "backup"]);

  expect(await said()).toBe("before");
  expect(await word()).toBe("sesame");
  expect(await it.kubectl("get configmap later --ignore-not-found")).toBe("");
  expect(await pod()).toBe(before);
  expect(await it.kubectl("get nodes -o name")).toBe("node/cp-1\nnode/cp-2\nnode/cp-3\nnode/w-1");
  await expectThreeMembers();
  await it.expectRun(0, ["plan"]);
  await it.expectRun(0, ["verify"]);
  await it.expectProof();
});

test("killed in the middle, restore goes on when it is run again; machines that are not fresh are emptied first", async () => {
  const before = await pod();
  for (const name of planes)
    await it.on(
      name,
      "PATH=$PATH:/usr/local/bin; systemctl stop kubelet; crictl ps -q | xargs -r crictl stop -t 1 >/dev/null; rm -rf /var/lib/etcd/member",
    );
  await it.on("w-1", "systemctl stop kubelet"); // does not come back by itself
  const run = ["restore", folder, "--identity", identity, "--confirm", "backup"];
  const running = it.start([...run, "--json"]);
  await running.event((event) => event.type === "step-ended" && event.step === "restore/worker");
  running.process.kill("SIGKILL");
  await running.ended;
  await it.expectRun(0, run);
  expect([await said(), await word()]).toEqual(["before", "sesame"]);
  expect(await pod()).toBe(before);
  await expectThreeMembers();
  await it.expectRun(0, ["plan"]);
  await it.expectRun(0, ["verify"]);
});

async function expectThreeMembers(): Promise<void> {
  const flags =
    "--cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key";
  const health = await it.kubectl(`-n kube-system exec etcd-cp-1 -- etcdctl ${flags} endpoint health --cluster -w json`);
  expect((JSON.parse(health) as { health: boolean }[]).map((one) => one.health)).toEqual([true, true, true]);
}
