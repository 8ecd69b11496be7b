import { type Script, sh } from "../host/sh.ts";

/** Where a node gathers what is fetched; one backup at a time, under the cluster's lock. */
export const gatherFolder = "/var/lib/provision/backup";

/** Configuration and keys of one node. kubeadm's own copies of etcd under tmp are left out: they may be large, and the snapshot is newer. */
const nodePaths = [
  "/etc/kubernetes",
  "/var/lib/kubelet/config.yaml",
  "/var/lib/kubelet/kubeadm-flags.env",
  "/var/lib/kubelet/instance-config.yaml",
  "/etc/systemd/system/kubelet.service",
  "/etc/systemd/system/kubelet.service.d",
  "/etc/systemd/system/containerd.service",
  "/etc/systemd/system/containerd.service.d",
  "/etc/containerd",
  "/etc/crictl.yaml",
  "/etc/cni/net.d",
  "/etc/provision",
  "/etc/sysctl.d",
  "/etc/modules-load.d",
];

export const gatheredFiles = `${gatherFolder}/files.tar`;
export const gatheredState = `${gatherFolder}/state.txt`;

/** Gathers a node's files, and, for reading, what runs there: programs, images by digest, links, plug-ins, rules, routes. */
export const gatherNode = (): Script => sh`set -e; umask 077; mkdir -p ${gatherFolder}
set --; for p in ${nodePaths}; do if [ -e "$p" ]; then set -- "$@" "\${p#/}"; fi; done
tar -C / --exclude=etc/kubernetes/tmp -cf ${gatheredFiles} "$@"
{ echo '# system'; uname -a; cat /etc/os-release
echo '# store'; ls -1 /opt/provision/store
echo '# links'; find /usr/local/bin -type l -printf '%p -> %l\\n' | sort
echo '# cni plug-ins'; sha256sum /opt/cni/bin/*
echo '# images'; timeout 10 ctr -n k8s.io images ls
echo '# routes'; ip route; ip -o link
echo '# rules'; timeout 10 nft list ruleset || timeout 10 iptables-save
} >${gatheredState} 2>/dev/null || true`;

const listed = (kinds: string): Script => sh`k get ${kinds} -A --ignore-not-found -o yaml`;
const inSystem = (what: readonly string[]): Script => sh`k -n kube-system get ${what} --ignore-not-found -o yaml`;
/** What the API server alone sets, taken out of a list: what is left can be applied again after it was deleted. */
const applicable = sh`sed -E '/^    (creationTimestamp|generation|resourceVersion|uid):/d'`;
/** Every object of a group of CustomResourceDefinitions, and these; nothing where the cluster has none. Fails when the API does: no answer is not "none". */
const ofGroup = (
  group: string,
  only: Script = sh`cat`,
): Script => sh`all=$(k get customresourcedefinitions -o jsonpath=${`{range .items[?(@.spec.group=="${group}")]}{.metadata.name}{"\\n"}{end}`}) || exit 1
kinds=$(printf '%s\\n' "$all" | ${only} | paste -sd, -)
if [ -n "$kinds" ]; then
  k get customresourcedefinitions $(printf %s "$kinds" | tr , ' ') -o yaml || exit 1; echo ---
  found=$(k get "$kinds" -A --ignore-not-found -o yaml) || exit 1
  printf '%s\\n' "$found" | ${applicable}
fi`;
/** Calico's book of addresses: true only while the pods are those of that moment. */
const calicoBook = "^(ipamblocks|ipamhandles|blockaffinities|caliconodestatuses)[.]";

/** What of the cluster is saved beside etcd, each as a file of YAML: to be read, compared and put back by hand; a restore takes all from etcd. */
export const clusterObjects: readonly { readonly name: string; readonly script: Script }[] = [
  { name: "nodes", script: listed("nodes") },
  { name: "configuration", script: inSystem(["configmap", "kubeadm-config", "kubelet-config", "kube-proxy", "coredns"]) },
  { name: "add-ons", script: inSystem(["daemonset,deployment,service"]) },
  { name: "flannel", script: sh`k -n kube-flannel get configmap,daemonset,serviceaccount --ignore-not-found -o yaml` },
  {
    name: "network-policies",
    script: sh`found=$(${listed("networkpolicies")}) || exit 1; printf '%s\\n' "$found" | ${applicable}`,
  },
  { name: "calico", script: ofGroup("crd.projectcalico.org", sh`grep -Ev ${calicoBook}`) },
  { name: "calico-addresses", script: ofGroup("crd.projectcalico.org", sh`grep -E ${calicoBook}`) },
  { name: "calico-operator", script: ofGroup("operator.tigera.io") },
  { name: "cilium", script: ofGroup("cilium.io") },
  { name: "multus", script: ofGroup("k8s.cni.cncf.io") },
  { name: "retina", script: ofGroup("retina.sh") },
  { name: "helm-releases", script: sh`k get secrets -A -l owner=helm --ignore-not-found -o yaml` },
];

export const gatheredObject = (name: string): string => `${gatherFolder}/${name}.yaml`;

/** Gathers them, and prints the names of those that came out not empty, one a line. */
export const gatherCluster = (prelude: Script): Script => sh`set -e; umask 077; mkdir -p ${gatherFolder}\n${prelude}
${sh.lines(clusterObjects.map(({ name, script }) => sh`(\n${script}\n) >${gatheredObject(name)}; if [ -s ${gatheredObject(name)} ]; then echo ${name}; fi`))}`;
