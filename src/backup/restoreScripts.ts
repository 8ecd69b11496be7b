import { type Script, sh } from "../host/sh.ts";
import type { NodeSpec } from "../model/cluster.ts";
import { toolsOf } from "./etcdScripts.ts";

/** Where the first control plane gets what it is made from. */
export const restoreFolder = "/var/lib/provision/restore";
export const sentSnapshot = `${restoreFolder}/snapshot.db`;
export const sentFiles = `${restoreFolder}/files.tar`;
/** Names the backup that this control plane's etcd was made from, until the restore is done. */
export const restoredMark = "/etc/kubernetes/provision/restored";

/** Any of these: the machine was a control plane and is not fresh. */
export const traces = [
  "/etc/kubernetes/manifests/etcd.yaml",
  "/etc/kubernetes/provision/initialised",
  "/etc/kubernetes/kubelet.conf",
  "/var/lib/etcd/member",
];

/** What all control planes share, and what is encrypted with it. kubeadm makes every other certificate from these, for the machine it runs on. */
const shared = [
  "etc/kubernetes/pki/ca.crt",
  "etc/kubernetes/pki/ca.key",
  "etc/kubernetes/pki/sa.key",
  "etc/kubernetes/pki/sa.pub",
  "etc/kubernetes/pki/front-proxy-ca.crt",
  "etc/kubernetes/pki/front-proxy-ca.key",
  "etc/kubernetes/pki/etcd/ca.crt",
  "etc/kubernetes/pki/etcd/ca.key",
];
const encryption = "etc/kubernetes/provision/encryption.yaml";

/** Puts the shared keys where kubeadm init finds and keeps them. */
export const putKeysBack = (secretsEncrypted: boolean): Script =>
  sh`set -e; umask 077
tar -C / --no-same-owner -xpf ${sentFiles} ${secretsEncrypted ? [...shared, encryption] : shared}
for f in ${shared}; do [ -s "/$f" ] || { echo "/$f is empty" >&2; exit 1; }; done`;

/** Bytes free where etcd's data goes and where the snapshot is sent: two lines. */
export const restoreRoom: Script = sh`mkdir -p /var/lib/etcd ${restoreFolder} && chmod 700 ${restoreFolder} && df -Pk /var/lib/etcd ${restoreFolder} | awk 'NR>1 {printf "%.0f\\n", $4 * 1024}'`;

/**
 * Makes etcd's data from the snapshot: one member, this one. Revisions go on far above those that watchers have seen, and all before is marked
 * compacted, so that everybody reads anew instead of waiting for a past that is gone (etcd's manual, "Restoring with revision bump").
 */
export function restoreEtcd(plane: NodeSpec, image: string, run: string, mark: string): Script {
  const peer = `https://${plane.address}:2380`;
  return sh`set -e; umask 077
exec 3>&2 2>${`${restoreFolder}/said`}; trap ${`r=$?; [ $r = 0 ] || cat ${restoreFolder}/said >&3; exit $r`} EXIT
[ ! -e /var/lib/etcd/member ] || { echo "/var/lib/etcd/member is there: this machine is not fresh" >&2; exit 1; }
${toolsOf(sh`${image}`, restoreFolder)}
rm -rf /var/lib/etcd/restored
more='--mount type=bind,src=/var/lib/etcd,dst=/etcd,options=rbind:rw'
tool restore etcdutl snapshot restore /data/snapshot.db --data-dir /etcd/restored --name ${plane.name} --initial-cluster ${`${plane.name}=${peer}`} --initial-advertise-peer-urls ${peer} --initial-cluster-token ${`provision-${run}`} --bump-revision 1000000000 --mark-compacted >/dev/null
mkdir -p /etc/kubernetes/provision; chmod 700 /var/lib/etcd
mv /var/lib/etcd/restored/member /var/lib/etcd/member; rmdir /var/lib/etcd/restored
printf '%s\\n' ${mark} >${restoredMark}; rm -rf ${restoreFolder}`;
}

/** The cluster forgets machines that are lost: their Nodes, and their pods, which run nowhere. */
export const forgetLost = (names: readonly string[]): Script =>
  sh.lines(
    names.map(
      (name) => sh`k delete node ${name} --ignore-not-found --wait=false >/dev/null || exit 1
k delete pods -A --field-selector ${`spec.nodeName=${name}`} --force --grace-period=0 --wait=false >/dev/null 2>&1 || exit 1`,
    ),
  );

/** When that node's kubelet last said that it lives; nothing when the cluster does not know it. */
export const leaseOf = (node: string): Script =>
  sh`k -n kube-node-lease get lease ${node} --ignore-not-found -o jsonpath='{.spec.renewTime}'`;

export const restoreDone: Script = sh`rm -rf ${restoredMark} ${restoreFolder}`;
