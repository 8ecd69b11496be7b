import type { ClusterSpec } from "../../model/cluster.ts";

/** What kubeadm and kubelet ask for: facts of kubespray's system configuration and the kubelet's protectKernelDefaults list. */
export const wantedSysctls = (cluster: ClusterSpec): Readonly<Record<string, string>> => ({
  "net.ipv4.ip_forward": "1",
  "net.bridge.bridge-nf-call-iptables": "1",
  "net.bridge.bridge-nf-call-ip6tables": "1",
  "vm.overcommit_memory": "1",
  "kernel.panic": "10",
  "kernel.panic_on_oops": "1",
  ...cluster.os.sysctls,
});
