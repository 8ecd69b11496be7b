import { type Script, sh } from "../host/sh.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import type { World } from "./world.ts";

/** What decides what a node runs, beside the links to programs. Programs and images stay where they are. All small. */
const paths = [
  "/etc/containerd",
  "/etc/crictl.yaml",
  "/etc/provision",
  "/etc/kubernetes/kubelet.conf.d",
  "/var/lib/kubelet/config.yaml",
  "/var/lib/kubelet/kubeadm-flags.env",
  "/var/lib/kubelet/instance-config.yaml",
  "/etc/systemd/system/containerd.service",
  "/etc/systemd/system/kubelet.service",
  "/etc/systemd/system/provision-api-proxy.service",
  "/etc/systemd/system/containerd.service.d",
  "/etc/systemd/system/kubelet.service.d",
  "/etc/systemd/system/provision-api-proxy.service.d",
  "/etc/kubernetes/provision/kubelet-config",
  "/etc/modules-load.d/provision.conf",
  "/etc/sysctl.d/90-provision.conf",
];
const folder = "/var/lib/provision/before";

/** Keeps what the node runs now. What an earlier, broken-off turn to the same version kept is not written over: it is older and right. */
export const saveNode = (world: World, node: string, version: string): Promise<void> =>
  on(
    world,
    node,
    sh`f=${`${folder}/${version}`}; [ -e "$f.tar" ] && exit 0
mkdir -p ${folder} && chmod 700 ${folder} || exit 1
for p in ${paths}; do if [ -e "$p" ]; then echo "$p" >&4; else echo "$p" >&5; fi; done 4>"$f.there" 5>"$f.absent"
find /usr/local/bin -maxdepth 1 -lname '/opt/provision/store/*' >>"$f.there"
tar -cpf "$f.tar.new" -P -T "$f.there" && mv "$f.tar.new" "$f.tar"`,
    "keep what the node runs",
  );

/** Puts back what `saveNode` kept, and runs it. Throws StepFailure when nothing was kept or a service does not come up. */
export const restoreNode = (world: World, node: string, version: string): Promise<void> =>
  on(
    world,
    node,
    sh`f=${`${folder}/${version}`}; [ -e "$f.tar" ] || { echo "nothing was kept" >&2; exit 1; }
while read -r p; do rm -rf "$p"; done <"$f.absent"
tar -xpf "$f.tar" -P --same-owner || exit 1
systemctl daemon-reload
for u in containerd.service provision-api-proxy.service kubelet.service; do
  [ "$(systemctl show -p LoadState --value "$u")" = loaded ] || continue
  systemctl reset-failed "$u" 2>/dev/null; systemctl restart "$u" || { journalctl -u "$u" -n 20 --no-pager -o cat >&2; exit 1; }
done`,
    "put back what the node ran",
  );

/** The turn ended well: nothing to go back to. */
export const forgetSaved = (world: World, node: string, version: string): Promise<void> =>
  on(
    world,
    node,
    sh`rm -f ${["tar", "there", "absent"].map((end) => `${folder}/${version}.${end}`)}`,
    "forget what the node ran",
  );

async function on(world: World, node: string, script: Script, what: string): Promise<void> {
  const reply = await world.sessions.patiently(node, (host) => host.run(script.text, { timeout: 120_000 }));
  if (reply.code !== 0) throw new StepFailure("node/saved", `could not ${what}`, { seen: lastWords(reply.stderr) });
}
