import { claimPath, hostFacts } from "../../src/facts/hostFacts.ts";
import { sh } from "../../src/host/sh.ts";
import { nodeStep } from "../../src/role/step.ts";
import { blocked, ok } from "../../src/role/verdict.ts";

/** Folders and files that Kubernetes, containerd and the CNI make by themselves, and that reset takes away if they were not there first. */
const made = [
  "/etc/provision",
  "/etc/kubernetes",
  "/etc/cni",
  "/etc/containerd",
  "/opt/cni",
  "/opt/containerd",
  "/opt/provision",
  "/var/lib/cni",
  "/var/lib/kubelet",
  "/var/lib/etcd",
  "/var/lib/containerd",
  "/var/log/pods",
  "/var/log/containers",
  "/var/log/kubernetes",
  "/run/containerd",
  "/run/flannel",
  "/run/kubernetes",
  "/run/nri",
  "/run/netns",
  "/run/xtables.lock",
  "/run/calico",
  "/root/.kube",
  "/usr/lib/modules",
  "/usr/libexec/kubernetes",
  "/etc/systemd/system/kubelet.service.d",
  "/etc/modules-load.d",
  "/etc/sysctl.d",
  "/run/provision",
  "/run/runc",
  "/var/run/kubernetes",
  "/usr/local/bin",
  "/etc/systemd/system/multi-user.target.wants",
];
/** What kube-proxy sets by itself: kubernetes `cmd/kube-proxy/app/conntrack.go`. Put back with the settings of os/sysctl. */
const setByKubeProxy = ["nf_conntrack_max", "nf_conntrack_tcp_timeout_established", "nf_conntrack_tcp_timeout_close_wait"];
const beforePath = "/var/lib/provision/undo/paths";
const modesPath = "/var/lib/provision/undo/modes";
const tablesPath = "/var/lib/provision/undo/tables";

/** The mark of ownership: whose machine this is, and what stood there before, so that reset can leave it as it was found. */
export const claim = nodeStep({
  id: "os/claim",
  summary: "the machine is marked as this cluster's",
  after: ["os/host"],
  facts: () => ({ host: hostFacts }),
  check: ({ facts: { host }, cluster }) => {
    if (host.claimedBy === cluster.name) return ok;
    if (host.claimedBy !== "")
      return blocked({ code: "os/other-cluster", message: `the machine belongs to cluster ${host.claimedBy}` });
    return { status: "change", changes: [{ what: "file", action: "create", target: claimPath }] };
  },
  apply: ({ cluster }) => [
    {
      kind: "run",
      summary: "note what stands on the machine before",
      script: sh`umask 022; mkdir -p /var/lib/provision/undo && chmod 700 /var/lib/provision
for p in ${made}; do
  if [ -d "$p" ] && [ -z "$(ls -A "$p")" ]; then printf 'empty %s\\n' "$p"; elif [ -e "$p" ] || [ -L "$p" ]; then printf 'kept %s\\n' "$p"; fi
done >${beforePath}
for p in ${made}; do [ -d "$p" ] && stat -c '%a %u:%g %n' "$p"; done >${modesPath}
for k in ${setByKubeProxy}; do [ -r "/proc/sys/net/netfilter/$k" ] && printf 'net.netfilter.%s=%s\\n' "$k" "$(cat "/proc/sys/net/netfilter/$k")"; done >/var/lib/provision/undo/sysctl
{ nft list tables 2>/dev/null || true; } >${tablesPath}`,
    },
    { kind: "write", path: claimPath, content: `${cluster.name}\n`, mode: "644" },
  ],
  remove: () => [
    {
      kind: "run",
      summary: "remove what was not there before",
      // What was there before stays; a folder others share goes only when it is empty.
      script: sh`[ -f ${beforePath} ] || exit 0
nft list tables 2>/dev/null | grep -vxF -f ${tablesPath} | while read -r _ family table; do
  nft -j list table "$family" "$table" 2>/dev/null | grep -q '"rule"' || nft delete table "$family" "$table"; done
for p in ${made}; do
  grep -qxF "kept $p" ${beforePath} && continue
  if grep -qxF "empty $p" ${beforePath}; then find "$p" -xdev -mindepth 1 -delete; continue; fi
  case "$p" in /etc/systemd/*|/etc/sysctl.d|/etc/modules-load.d|/usr/*) find "$p" -xdev -depth -type d -empty -delete 2>/dev/null;; *) rm -rf --one-file-system -- "$p";; esac
done
while read -r mode owner p; do [ -d "$p" ] && chmod "$mode" "$p" && chown "$owner" "$p"; done <${modesPath}; true`,
    },
    { kind: "delete", path: "/var/lib/provision" },
    { kind: "delete", path: "/run/provision" },
  ],
});
