import { keptFolder, seenPath, serversSeenFact } from "../facts/kept.ts";
import { sh } from "../host/sh.ts";
import { attempt } from "./attempt.ts";
import type { TurnContext } from "./nodeTurn.ts";
import { backFolder, keepForRollback, onNode, setOf } from "./savedNode.ts";
import type { World } from "./world.ts";

/** What a control plane's static pods are made of, beside keys and certificates, which every version reads alike. */
const paths = [
  "/etc/kubernetes/manifests",
  "/etc/kubernetes/provision/applied",
  "/etc/kubernetes/provision/cluster.yaml",
  "/etc/kubernetes/provision/authentication.yaml",
  "/etc/kubernetes/provision/admission.yaml",
  "/etc/kubernetes/provision/audit-policy.yaml",
  "/etc/kubernetes/provision/patches",
];
const upgradingPath = "/etc/kubernetes/provision/upgrading";

/** Changes a control plane's static pods with the way back kept. What `change` answers; false, too, when nothing could be kept. */
export async function keepingPods(
  node: string,
  { world, target, emit }: Pick<TurnContext, "world" | "target" | "emit">,
  change: () => Promise<boolean>,
): Promise<boolean> {
  const until = target.cluster.kubernetes.version;
  if (!(await attempt(emit, { step: "turn/keep", node }, () => savePods(world, node, until)))) return false;
  if (await change()) {
    await keepForRollback(world, node, "pods", until);
    return true;
  }
  await attempt(emit, { step: "turn/note", node }, () => noteServers(world, node));
  return false;
}

/** Keeps the static pods as they are, before they are led to version `until`. What an earlier, broken-off change to the same version kept stays. */
export const savePods = (world: World, node: string, until: string): Promise<void> =>
  onNode(
    world,
    node,
    sh`f=${setOf("pods", until)}; [ -e "$f/files.tar" ] && [ ! -e "$f/done" ] && exit 0
n=${`${keptFolder}/.new-pods`}; rm -rf "$n"; mkdir -p "$n" && chmod 700 ${keptFolder} || exit 1
cd /etc/kubernetes/manifests || exit 0
sed -n 's/^ *image: .*kube-apiserver:v\\([0-9.]*\\).*/\\1/p' kube-apiserver.yaml >"$n/from"
sed -n 's/^ *image: .*:\\([^:@]*\\)$/\\1/p' etcd.yaml | head -n 1 >"$n/etcd"
# Without all four there is nothing whole to go back to: an earlier upgrade broke off, and is finished instead.
for p in etcd kube-apiserver kube-controller-manager kube-scheduler; do [ -s "$p.yaml" ] || exit 0; done
[ -s "$n/from" ] || exit 0
for p in ${paths}; do [ ! -e "$p" ] || echo "\${p#/}"; done >"$n/there"
tar -C / -cpf "$n/files.tar" -T "$n/there" && rm -rf "$f" && mv "$n" "$f"`,
    "keep the static pods",
  );

/** Unpacks what was kept to where the next scripts take it from, and puts the files beside the manifests back. */
export const preparePodsBack = (world: World, node: string, until: string): Promise<void> =>
  onNode(
    world,
    node,
    sh`f=${setOf("pods", until)}; b=${backFolder}
[ -e "$f/files.tar" ] || { echo "nothing was kept" >&2; exit 1; }
case "$(systemctl show -p ActiveState,SubState --value provision-kubeadm-upgrade.service | tr '\\n' ' ')" in *running*|activating*) echo "kubeadm's upgrade still runs here: provision-kubeadm-upgrade.service" >&2; exit 1;; esac
rm -rf "$b"; mkdir -p "$b" && tar -C "$b" -xpf "$f/files.tar" || exit 1
cp -a "$b/etc/kubernetes/provision/." /etc/kubernetes/provision/ && rm -f ${upgradingPath}`,
    "unpack the kept static pods",
  );

/** Puts these manifests back. The kubelet replaces the pods of those that differ. */
export const putPodsBack = (world: World, node: string, names: readonly string[]): Promise<void> =>
  onNode(
    world,
    node,
    sh`m=/etc/kubernetes/manifests; mkdir -p "$m"
for n in ${names}; do s=${`${backFolder}/etc/kubernetes/manifests`}/$n.yaml
  [ -e "$s" ] || { echo "no manifest of $n was kept" >&2; exit 1; }
  cmp -s "$s" "$m/$n.yaml" && continue
  cp "$s" "$m/.$n.yaml" && chmod 600 "$m/.$n.yaml" && mv "$m/.$n.yaml" "$m/$n.yaml" || exit 1; done`,
    "put the kept static pods back",
  );

/** Notes on the machine which API servers have run on it: containers that ended are soon gone, and a rollback must know. */
export const noteServers = (world: World, node: string): Promise<void> =>
  onNode(
    world,
    node,
    sh`mkdir -p ${keptFolder} && { ${serversSeenFact.script}
} 2>/dev/null | grep -v '^etcd' | sort -u >${`${seenPath}.new`}; mv ${`${seenPath}.new`} ${seenPath}`,
    "note which API servers ran",
  );
