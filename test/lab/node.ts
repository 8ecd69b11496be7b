import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { writeAtomically } from "./cache.ts";
import { hierarchies, killMachine, processesOf } from "./cgroups.ts";
import { mountsBelow, unmountBelow } from "./mounts.ts";
import { controllerAddress, type LabIdentity, type NodeSpec, objectName } from "./naming.ts";
import { ensureNodeNetwork, removeNodeNetwork } from "./network.ts";
import { sh, startDetached } from "./shell.ts";
import { killVm, vmPid } from "./vmProcess.ts";
import { waitFor } from "./waitFor.ts";

/** overlayfs on overlayfs is refused, so these are directories of the controller's disk. */
const BINDS = ["containerd", "kubelet", "etcd"];

export interface NodeHome {
  readonly lab: LabIdentity;
  readonly spec: NodeSpec;
  /** Everything the node owns on the controller's disk. */
  readonly folder: string;
  readonly clientKey: string;
}

export const complete = (home: NodeHome): string => join(home.folder, "complete");

/** The disk of a new machine: an empty layer over the root file system, with its own host key and identity. */
export async function createDisk(home: NodeHome, rootfs: string): Promise<void> {
  const { folder, spec } = home;
  await unmountBelow(folder);
  rmSync(folder, { recursive: true, force: true });
  const upper = join(folder, "upper");
  for (const path of [...BINDS, "work", "root", "upper/etc/ssh", "upper/root/.ssh"])
    mkdirSync(join(folder, path), { recursive: true });
  for (const [user, id] of userIds(readFileSync(join(rootfs, "etc/passwd"), "utf8"))) {
    const ssh = join(upper, user === "root" ? "root/.ssh" : `home/${user}/.ssh`);
    mkdirSync(ssh, { recursive: true });
    copyFileSync(`${home.clientKey}.pub`, join(ssh, "authorized_keys"));
    await sh`chown -R ${`${id}:${id}`} ${join(ssh, "..")} && chmod 700 ${join(ssh, "..")} ${ssh}`;
  }
  writeFileSync(join(upper, "etc/hostname"), `${spec.name}\n`);
  writeFileSync(join(upper, "etc/hosts"), `127.0.0.1 localhost\n127.0.1.1 ${spec.name}\n`);
  writeFileSync(join(upper, "etc/machine-id"), `${randomBytes(16).toString("hex")}\n`);
  writeFileSync(join(upper, "etc/resolv.conf"), `nameserver ${controllerAddress(home.lab)}\n`); // nobody listens there: names outside fail at once
  await sh`ssh-keygen -q -t ed25519 -N "" -C ${spec.name} -f ${join(upper, "etc/ssh/ssh_host_ed25519_key")}`;
  writeAtomically(complete(home), rootfs);
}

/** The lab's users in passwd(5), with their number. */
export function userIds(passwd: string): readonly (readonly [string, string])[] {
  const known = new Set(["root", "ops", "pat"]);
  return passwd
    .split("\n")
    .map((line) => line.split(":"))
    .flatMap(([user = "", , id = ""]) => (known.has(user) ? [[user, id] as const] : []));
}

/** "ssh-ed25519 AAAA…", as the machine will show it. */
export function hostKey(home: NodeHome): string {
  return readFileSync(join(home.folder, "upper/etc/ssh/ssh_host_ed25519_key.pub"), "utf8").split(" ").slice(0, 2).join(" ");
}

export const isRunning = (home: NodeHome): boolean =>
  vmPid(home.folder) !== null || processesOf(objectName(home.lab, home.spec.name)).length > 0;
export const hasDisk = (home: NodeHome): boolean => existsSync(complete(home));

/**
 * Joins its cgroups, then becomes the machine. cpuset groups of v1 start empty and take no process. The console must be read by somebody: systemd
 * writes to it, and hangs when nobody does.
 */
function bootScript(home: NodeHome): string {
  const name = objectName(home.lab, home.spec.name);
  const groups = hierarchies().map(
    (hierarchy) => `g=${hierarchy}/${name}; mkdir -p "$g"
for f in cpuset.cpus cpuset.mems; do [ ! -e ${hierarchy}/$f ] || cat ${hierarchy}/$f > "$g/$f"; done
echo $$ > "$g/cgroup.procs"`,
  );
  const binds = BINDS.map((bind) => `--bind=${home.folder}/${bind}:/var/lib/${bind}`).join(" ");
  return `set -eu
${groups.join("\n")}
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=1
status=133 # what nspawn ends with when the machine asks to be restarted
while [ $status = 133 ]; do status=0
# A kernel that boots has no groups; the kubelet would look at each one for seconds.
${hierarchies()
  .map((hierarchy) => `find ${hierarchy}/${name} -mindepth 1 -depth -type d -exec rmdir {} + || :`)
  .join("\n")}
systemd-nspawn --quiet --register=no --keep-unit --directory=${home.folder}/root --machine=${name} --hostname=${home.spec.name} \\
  --network-namespace-path=/run/netns/${name} --boot --capability=all --system-call-filter='@known add_key keyctl request_key bpf perf_event_open' \\
  ${binds} --bind=/dev/kmsg --resolv-conf=off --console=read-only || status=$?
done
`;
}

/** Power on: with the disk it had, or a new one. A running node is left alone. */
export async function startNode(home: NodeHome, rootfs: string): Promise<void> {
  if (hasDisk(home) && isRunning(home)) return;
  await killMachine(objectName(home.lab, home.spec.name));
  if (!hasDisk(home)) await createDisk(home, rootfs);
  await ensureNodeNetwork(home.lab, home.spec);
  const { folder } = home;
  if (mountsBelow(folder).length === 0) {
    const lower = readFileSync(complete(home), "utf8"); // the one it was made over, whatever is newest by now
    await sh`mount -t overlay overlay -o ${`lowerdir=${lower},upperdir=${folder}/upper,workdir=${folder}/work`} ${`${folder}/root`}`;
  }
  startDetached("bash", ["-c", bootScript(home)], join(folder, "console.log"));
}

/** A power cut: its processes end at once, its interfaces and mounts with them; the disk stays. */
export async function cutPower(home: NodeHome): Promise<void> {
  const name = objectName(home.lab, home.spec.name);
  await killVm(home.folder);
  await killMachine(name);
  await removeNodeNetwork(home.lab, home.spec.name);
  const root = statSync(join(home.folder, "root"), { throwIfNoEntry: false }); // while mounted: its lock carries the mount's numbers
  await unmountBelow(home.folder);
  const traces = [`propagate/${name}`, `unix-export/${name}`, `locks/inode-${root?.dev}:${root?.ino}`];
  for (const trace of traces) rmSync(`/run/systemd/nspawn/${trace}`, { recursive: true, force: true });
}

export async function destroyNode(home: NodeHome): Promise<void> {
  await cutPower(home);
  rmSync(home.folder, { recursive: true, force: true });
}

/** null: something that speaks SSH answers there; else what was seen. */
export function sshAnswers({ address, vm }: NodeSpec): Promise<string | null> {
  return new Promise((resolve) => {
    const timeout = vm === undefined ? 1000 : 20_000; // giving up early makes sshd begin anew, and later
    const socket = connect({ host: address, port: 22, timeout });
    const end = (result: string | null) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("data", (chunk) => end(chunk.toString("latin1").startsWith("SSH-") ? null : "port 22 does not speak SSH"));
    socket.once("timeout", () => end("no answer on port 22"));
    socket.once("error", (error) => end(error.message));
    socket.once("close", () => end("port 22 hangs up"));
  });
}

/** A virtual machine on a busy computer takes its time. */
export const bootDeadlineMs = (spec: NodeSpec): number => (spec.vm === undefined ? 60_000 : 300_000);

export async function waitForSsh(home: NodeHome): Promise<void> {
  await waitFor(
    `${home.spec.name} (see ${home.folder}/console.log)`,
    { intervalMs: 100, deadlineMs: bootDeadlineMs(home.spec) },
    () => sshAnswers(home.spec),
  );
}
