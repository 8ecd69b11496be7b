import { z } from "zod";
import { type Script, sh } from "../host/sh.ts";
import { gatherFolder } from "./contents.ts";

/** Programs of the etcd that the node runs, out of the image it runs: nothing else is brought. `work` is seen there as /data. */
const tools = (work: string): Script => sh`image=$(sed -n 's/^ *image: *//p' /etc/kubernetes/manifests/etcd.yaml | head -n 1)
[ -n "$image" ] || { echo "no etcd image in its manifest" >&2; exit 1; }
${toolsOf(sh`"$image"`, work)}`;

/** `tool <name> <program> <arguments>` on the host's network; `member` as well, with the keys to the node's own etcd. */
export const toolsOf = (
  image: Script,
  work: string,
): Script => sh`gone() { ctr -n k8s.io task rm --force "$1" >/dev/null 2>&1 || true; ctr -n k8s.io container rm "$1" >/dev/null 2>&1 || true; }
tool() { n=provision-etcd-$1; shift; gone "$n"; ctr -n k8s.io run --rm --runc-systemd-cgroup --cgroup "system.slice:provision:$n" --mount ${`type=bind,src=${work},dst=/data,options=rbind:rw`} $more ${image} "$n" "$@"; }
member() { more='--net-host --mount type=bind,src=/etc/kubernetes/pki/etcd,dst=/pki,options=rbind:ro'; n=$1; shift; tool "$n" etcdctl --endpoints https://127.0.0.1:2379 --cacert /pki/ca.crt --cert /pki/server.crt --key /pki/server.key "$@"; more=; }
more=`;

export const snapshotFile = `${gatherFolder}/snapshot.db`;
const trial = "provision-etcd-trial";

/** Bytes of etcd's data, bytes free where the snapshot is gathered, and the etcd image: three lines. */
export const etcdRoom: Script = sh`mkdir -p /var/lib/provision && stat -c %s /var/lib/etcd/member/snap/db && df -Pk /var/lib/provision | awk 'NR==2 {printf "%.0f\\n", $4 * 1024}' && sed -n 's/^ *image: *//p' /etc/kubernetes/manifests/etcd.yaml | head -n 1`;

/** A snapshot of a member that is healthy (it answers with a quorum), its status, and a restored copy: the trial's data. */
export const takeSnapshot: Script = sh`set -e; umask 077; mkdir -p ${gatherFolder}
# What the tools and containerd say on the way is shown when it went wrong.
exec 3>&2 2>${`${gatherFolder}/said`}; trap ${`r=$?; [ $r = 0 ] || cat ${gatherFolder}/said >&3; exit $r`} EXIT
${tools(gatherFolder)}
gone ${trial}; rm -rf ${`${gatherFolder}/trial`} ${snapshotFile}
echo 'is the member healthy?'
member health --command-timeout=10s endpoint health >/dev/null
echo 'taking it'
member save --command-timeout=600s snapshot save /data/snapshot.db >/dev/null
echo 'checking it'
tool status etcdutl snapshot status /data/snapshot.db -w json >${`${gatherFolder}/status.json`}
echo 'restoring a copy of it'
tool restore etcdutl snapshot restore /data/snapshot.db --data-dir /data/trial`;

export const snapshotStatus: Script = sh`cat ${`${gatherFolder}/status.json`}`;

/** Starts an etcd of its own from the restored copy, in a network namespace where nothing but itself is. */
export const startTrial: Script = sh`set -e
${tools(gatherFolder)}
gone ${trial}
ctr -n k8s.io run -d --runc-systemd-cgroup --cgroup ${`system.slice:provision:${trial}`} --log-uri ${`file://${gatherFolder}/trial.log`} --mount ${`type=bind,src=${gatherFolder},dst=/data,options=rbind:rw`} "$image" ${trial} etcd --data-dir /data/trial --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380`;

const inTrial = (words: readonly string[]): Script =>
  sh`ctr -n k8s.io task exec --exec-id "e$(cut -c1-8 /proc/sys/kernel/random/uuid)" ${trial} etcdctl --endpoints http://127.0.0.1:2379 --command-timeout=20s ${words}`;

export const trialHealth: Script = sh`${inTrial(["endpoint", "health"])} 2>&1`;
export const trialLog: Script = sh`tail -n 10 ${`${gatherFolder}/trial.log`}`;
/** How many keys there are, and the one thing every cluster has. */
export const readTrial: Script = sh`${inTrial(["get", "/", "--prefix", "--count-only", "-w", "fields"])} && ${inTrial(["get", "/registry/namespaces/kube-system", "--keys-only"])}`;

/** Takes away all that was gathered, and whatever a run that died has left at work on it. */
export const clearGathered: Script = sh`{ systemctl stop 'provision-backup-*.service'; systemctl reset-failed 'provision-backup-*.service'
for n in $(ctr -n k8s.io containers ls -q | grep '^provision-etcd-'); do ctr -n k8s.io task rm --force "$n"; ctr -n k8s.io container rm "$n"; done
rm -f /run/provision/jobs/backup-*; } >/dev/null 2>&1; rm -rf ${gatherFolder}`;
/** Ends the trial; the snapshot stays. */
export const endTrial: Script = sh`{ ctr -n k8s.io task rm --force ${trial}; ctr -n k8s.io container rm ${trial}; } >/dev/null 2>&1; rm -rf ${`${gatherFolder}/trial`}`;

const status = z.object({ hash: z.int(), revision: z.int(), totalKey: z.int() });

function readStatus(text: string): z.infer<typeof status> | null {
  try {
    return status.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** A number out of etcdctl's `-w fields`: `"Revision" : 1234`. */
const field = (name: string, text: string): number =>
  Number(new RegExp(`^"${name}" : (\\d{1,15})$`, "m").exec(text)?.[1] ?? Number.NaN);

export interface Checked {
  readonly hash: number;
  readonly revision: number;
  readonly keys: number;
}

/** What `snapshotStatus` and `readTrial` printed, held against each other; a reason in words when the snapshot does not count. */
export function judgeSnapshot(statusText: string, trialText: string): Checked | { readonly problem: string } {
  const said = readStatus(statusText);
  if (said === null) return { problem: `etcdutl's status of it is not understood: ${statusText.slice(0, 200)}` };
  const revision = field("Revision", trialText);
  const keys = field("Count", trialText);
  if (revision !== said.revision)
    return { problem: `the etcd started from it is at revision ${revision}, the snapshot at ${said.revision}` };
  if (!(keys > 0) || !/^\/registry\/namespaces\/kube-system$/m.test(trialText))
    return { problem: `the etcd started from it holds ${keys} keys and no namespace kube-system` };
  return { hash: said.hash, revision, keys };
}
