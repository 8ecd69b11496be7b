/** What kubeadm 1.36 and 1.35 are given in the lab, and the versions of everything beside Kubernetes. */
export const VERSIONS = {
  etcd: "3.6.8",
  etcdTag: "3.6.8-0",
  coredns: "1.14.2",
  pause: "3.10.2",
  /** What kubeadm 1.35 asks for: the same program under its tag. */
  pauseBefore: "3.10.1",
  crictl: "1.36.0",
  containerd: "2.2.9",
  runc: "1.3.6",
  cniPlugins: "1.9.1",
  flannel: "0.28.7",
  /** What flannel is upgraded from. */
  flannelBefore: "0.28.4",
  calico: "3.28.5",
  cilium: "1.19.5",
  ciliumBefore: "1.18.5",
  multus: "4.2.3",
  multusBefore: "4.2.0",
  /** Versions of Retina that the laboratory has a stand-in for. */
  retina: "1.2.6",
  retinaBefore: "1.2.5",
  helm: "3.22.0",
  llvm: "19",
  bpftool: "7.1.0",
} as const;
