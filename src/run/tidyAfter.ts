import { keptFolder } from "../facts/kept.ts";
import { sh } from "../host/sh.ts";
import { broughtLabel, pinnedLabel } from "./perform.ts";
import type { World } from "./world.ts";

/**
 * After an upgrade that ended well, on every node. Images that were brought and are neither in `images` nor named by what is kept for a
 * rollback may be collected by the kubelet again, when it needs room; and the copy of etcd's data that kubeadm's upgrade makes each time goes: the
 * backup of before the upgrade serves the same end, was tried, and lies elsewhere. A node that does not answer now is tidied by the next upgrade.
 */
export const tidyAfter = ({ cluster, sessions }: World, images: readonly string[]): Promise<unknown> =>
  Promise.allSettled(
    cluster.nodes.map(({ name }) => sessions.with(name, (host) => host.run(script(images), { timeout: 60_000 }))),
  );

/** A name with a tag, as pods use it: of names that are digests containerd keeps its own account. */
const script = (images: readonly string[]): string =>
  sh`rm -rf /etc/kubernetes/tmp/kubeadm-backup-etcd-*
kept=$(for f in ${keptFolder}/*/files.tar; do [ ! -e "$f" ] || tar -xOf "$f" 2>/dev/null | grep -aoE '[a-z0-9.-]+(:[0-9]+)?/[A-Za-z0-9._/-]+:[A-Za-z0-9._-]+'; done | sort -u)
ctr -n k8s.io images ls -q ${`labels."${broughtLabel}"==yes,labels."${pinnedLabel}"==pinned`} | grep -v '^sha256:\\|@sha256:' | while read -r ref; do
  for wanted in ${images} $kept; do [ "$ref" != "$wanted" ] || continue 2; done
  ctr -n k8s.io images label "$ref" ${`${pinnedLabel}=`} >/dev/null; done`.text;
