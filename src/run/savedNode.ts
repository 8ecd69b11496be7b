import { keptFolder } from "../facts/kept.ts";
import { type Script, sh } from "../host/sh.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import type { World } from "./world.ts";

/** What decides what a node runs, beside the links to programs. Programs and images stay where they are. All small. */
const paths = [
  "/etc/containerd",
  "/etc/crictl.yaml",
  "/etc/provision",
  "/etc/kubernetes/kubelet.conf.d",
  "/etc/kubernetes/provision/kubelet-config",
  "/var/lib/kubelet/config.yaml",
  "/var/lib/kubelet/kubeadm-flags.env",
  "/var/lib/kubelet/instance-config.yaml",
  "/etc/systemd/system/containerd.service",
  "/etc/systemd/system/containerd.service.d",
  "/etc/systemd/system/kubelet.service",
  "/etc/systemd/system/kubelet.service.d",
  "/etc/systemd/system/provision-api-proxy.service",
  "/etc/systemd/system/provision-api-proxy.service.d",
  "/etc/modules-load.d/provision.conf",
  "/etc/sysctl.d/90-provision.conf",
];
/** Where kept static pods are unpacked while they are put back. */
export const backFolder = `${keptFolder}/.back`;
export const setOf = (kind: "node" | "pods", until: string): string => `${keptFolder}/${kind}-${until}`;

/**
 * Keeps what the node runs now, before it is led to version `until`. What an earlier, broken-off turn to the same version kept is not
 * written over: it is older and right. What a turn that ended well kept is.
 */
export const saveNode = (world: World, node: string, until: string, from: string): Promise<void> =>
  onNode(
    world,
    node,
    sh`f=${setOf("node", until)}; [ -e "$f/files.tar" ] && [ ! -e "$f/done" ] && exit 0
n=${`${keptFolder}/.new-node`}; rm -rf "$n"; mkdir -p "$n" && chmod 700 ${keptFolder} || exit 1
for p in ${paths}; do if [ -e "$p" ]; then echo "$p" >&4; else echo "$p" >&5; fi; done 4>"$n/there" 5>"$n/absent"
find /usr/local/bin -maxdepth 1 -lname '/opt/provision/store/*' >>"$n/there"
find /usr/local/bin -maxdepth 1 -lname '/opt/provision/store/*' -printf '%l\\n' >"$n/programs"
printf '%s\\n' ${from} >"$n/from"
tar -cpf "$n/files.tar" -P -T "$n/there" && rm -rf "$f" && mv "$n" "$f"`,
    "keep what the node runs",
  );

/** Puts back what `saveNode` kept, and runs it. Throws StepFailure when nothing was kept or a service does not come up. */
export const restoreNode = (world: World, node: string, until: string): Promise<void> =>
  onNode(
    world,
    node,
    sh`f=${setOf("node", until)}; [ -e "$f/files.tar" ] || { echo "nothing was kept" >&2; exit 1; }
tar -tf "$f/files.tar" -P >/dev/null || exit 1
while read -r p; do rm -rf "$p"; done <"$f/absent"
tar -xpf "$f/files.tar" -P --same-owner --recursive-unlink || exit 1
systemctl daemon-reload
for u in containerd.service provision-api-proxy.service kubelet.service; do
  [ "$(systemctl show -p LoadState --value "$u")" = loaded ] || continue
  systemctl reset-failed "$u" 2>/dev/null; systemctl restart "$u" || { journalctl -u "$u" -n 20 --no-pager -o cat >&2; exit 1; }
done`,
    "put back what the node ran",
  );

/** The change ended well. What was kept before it stays, for a rollback; what was kept before older ones goes. */
export const keepForRollback = (world: World, node: string, kind: "node" | "pods", until: string): Promise<void> =>
  onNode(
    world,
    node,
    sh`f=${setOf(kind, until)}; [ ! -e "$f/files.tar" ] || : >"$f/done"
for d in ${`${keptFolder}/${kind}-`}*; do [ "$d" = "$f" ] || rm -rf "$d"; done`,
    "keep what the node ran",
  );

/** The node runs what was kept: there is nothing more to go back to. */
export const forgetSaved = (world: World, node: string, kind: "node" | "pods", until: string): Promise<void> =>
  onNode(world, node, sh`rm -rf ${setOf(kind, until)} ${backFolder}`, "forget what the node ran");

export async function onNode(world: World, node: string, script: Script, what: string): Promise<void> {
  const reply = await world.sessions.patiently(node, (host) => host.run(script.text, { timeout: 120_000 }));
  if (reply.code !== 0) throw new StepFailure("node/saved", `could not ${what}`, { seen: lastWords(reply.stderr) });
}
