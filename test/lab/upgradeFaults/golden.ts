import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Scenario } from "../scenarios/scenario.ts";
import { sh } from "../shell.ts";
import { waitFor } from "../waitFor.ts";

/** What of a node's folder is its disk. */
const DISK = ["upper", "containerd", "kubelet", "etcd"];

const disks = (it: Scenario) =>
  it.lab.nodes.flatMap(({ name }) =>
    DISK.map((part) => ({ live: join(it.lab.folder, "nodes", name, part), kept: join(it.lab.folder, "golden", name, part) })),
  );

const off = (it: Scenario) => Promise.all(it.lab.nodes.map(({ name }) => it.lab.powerOff(name)));

/** Every machine with the disk it has now, and a cluster that is whole. */
async function on(it: Scenario): Promise<void> {
  await Promise.all(it.lab.nodes.map(({ name }) => it.lab.powerOn(name)));
  await waitFor("a whole cluster", { intervalMs: 1000, deadlineMs: 600_000 }, async () => {
    const { stdout } = await it.lab.exec(
      "cp-1",
      "export KUBECONFIG=/etc/kubernetes/admin.conf; kubectl get nodes --no-headers; kubectl get pods -A --no-headers",
    );
    const lines = stdout.trim().split("\n");
    const [nodes, pods] = [
      lines.filter((line) => /^\S+ +Ready/.test(line)),
      lines.filter((line) => /\b(\d+)\/\1 +Running/.test(line)),
    ];
    const all = lines.length === nodes.length + pods.length && nodes.length === it.lab.nodes.length;
    return all ? null : (lines.find((line) => !nodes.includes(line) && !pods.includes(line)) ?? "no answer");
  });
}

/** Keeps the disks as they are now, so that several stories begin from the same cluster. */
export async function keepDisks(it: Scenario): Promise<void> {
  await Promise.all(it.lab.nodes.map(({ name }) => it.on(name, "sync")));
  await off(it);
  for (const { live, kept } of disks(it)) await sh`mkdir -p ${join(kept, "..")} && rm -rf ${kept} && cp -a ${live} ${kept}`;
  await on(it);
}

export const hasKeptDisks = (it: Scenario): boolean => disks(it).every(({ kept }) => existsSync(kept));

/** Every machine is again what it was when its disk was kept. */
export async function putBackDisks(it: Scenario): Promise<void> {
  await off(it);
  for (const { live, kept } of disks(it)) {
    rmSync(live, { recursive: true, force: true });
    await sh`cp -a ${kept} ${live}`;
  }
  await on(it);
}
