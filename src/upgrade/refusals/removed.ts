/** An API version of objects that a minor serves no more. */
export interface RemovedApi {
  readonly group: string;
  readonly version: string;
  /** As in its URL. */
  readonly plural: string;
  /** First minor without it. */
  readonly removed: string;
  /** What to write in its place. */
  readonly instead: string;
}

/** Stored kinds alone. Source: kubernetes/api v0.34.10, v0.35.4 and v0.36.4, APILifecycleRemoved in each zz_generated.prerelease-lifecycle.go. */
export const removedApis: readonly RemovedApi[] = [
  ["flowcontrol.apiserver.k8s.io", "v1beta3", "flowschemas", "1.32", "v1"],
  ["flowcontrol.apiserver.k8s.io", "v1beta3", "prioritylevelconfigurations", "1.32", "v1"],
  ["admissionregistration.k8s.io", "v1alpha1", "validatingadmissionpolicies", "1.32", "v1"],
  ["admissionregistration.k8s.io", "v1alpha1", "validatingadmissionpolicybindings", "1.32", "v1"],
  ["admissionregistration.k8s.io", "v1beta1", "validatingadmissionpolicies", "1.34", "v1"],
  ["admissionregistration.k8s.io", "v1beta1", "validatingadmissionpolicybindings", "1.34", "v1"],
  ["storage.k8s.io", "v1alpha1", "volumeattributesclasses", "1.35", "v1"],
  ["storagemigration.k8s.io", "v1alpha1", "storageversionmigrations", "1.36", "v1beta1"],
  ["networking.k8s.io", "v1beta1", "ipaddresses", "1.37", "v1"],
  ["networking.k8s.io", "v1beta1", "servicecidrs", "1.37", "v1"],
  ["storage.k8s.io", "v1beta1", "volumeattributesclasses", "1.37", "v1"],
].map(([group = "", version = "", plural = "", removed = "", instead = ""]) => ({ group, version, plural, removed, instead }));

/** An option a kubelet does not start with any more. */
export interface RemovedOption {
  readonly option: string;
  readonly removed: string;
  readonly source: string;
}

export const removedKubeletOptions: readonly RemovedOption[] = [
  {
    option: "pod-infra-container-image",
    removed: "1.35",
    source: "https://github.com/kubernetes/kubernetes/pull/133779",
  },
];
