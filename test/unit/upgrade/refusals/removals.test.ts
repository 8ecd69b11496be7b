import { expect, test } from "vitest";
import { codes, judge } from "./judge.ts";
import { healthy } from "./scene.ts";

const requested = (group: string, version: string, resource: string, removed: string): string =>
  `apiserver_requested_deprecated_apis{group="${group}",removed_release="${removed}",resource="${resource}",subresource="",version="${version}"} 1\n`;

test("requests for an API version that goes, by the API servers' own count", () => {
  const scene = healthy();
  scene.metrics = requested("storagemigration.k8s.io", "v1alpha1", "storageversionmigrations", "1.36");
  expect(judge(scene).diagnostics).toMatchObject([
    { code: "upgrade/removed-api-requested", severity: "error", hint: expect.stringContaining("deprecation-guide") },
  ]);
});

test("what goes later, or went long ago, or is never to go, is not this hop's matter", () => {
  const scene = healthy();
  scene.metrics =
    requested("networking.k8s.io", "v1beta1", "ipaddresses", "1.37") +
    requested("", "v1", "endpoints", "") +
    requested("flowcontrol.apiserver.k8s.io", "v1beta3", "flowschemas", "1.32");
  expect(codes(scene)).toEqual([]);
});

test("objects that are written in a version that goes", () => {
  const scene = healthy();
  const metadata = {
    name: "move-secrets",
    managedFields: [
      { manager: "argocd", apiVersion: "storagemigration.k8s.io/v1alpha1" },
      { manager: "kube-controller-manager", apiVersion: "storagemigration.k8s.io/v1beta1" },
    ],
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": '{"apiVersion":"storagemigration.k8s.io/v1alpha1"}' },
  };
  scene.raw.set("/apis/storagemigration.k8s.io/v1alpha1/storageversionmigrations", {
    code: 0,
    stdout: JSON.stringify({ items: [{ metadata }, { metadata: { name: "other" } }] }),
  });
  expect(judge(scene).diagnostics).toMatchObject([
    { code: "upgrade/removed-api-written", severity: "warning", seen: "move-secrets by argocd, kubectl apply" },
  ]);
});

test("an option that the new kubelet does not know, from elsewhere than kubeadm's own file, which kubeadm changes itself", () => {
  const scene = healthy();
  Object.assign(scene, { from: "1.34.9", to: "1.35.4", etcdWanted: "3.6.6-0" });
  for (const node of scene.nodes.values()) node.kubelet = "v1.34.9";
  for (const name of scene.proxies.keys()) scene.proxies.set(name, "v1.34.9");
  scene.planes.set("cp-1", { "kube-apiserver": "v1.34.9", "kube-controller-manager": "v1.34.9", "kube-scheduler": "v1.34.9" });
  const started = "/usr/local/bin/kubelet\n--pod-infra-container-image=registry.example/pause:3.10\n";
  scene.options.set("cp-1", `${started}KUBELET_KUBEADM_ARGS\n`);
  scene.options.set("w-1", `${started}KUBELET_KUBEADM_ARGS\n--pod-infra-container-image=registry.example/pause:3.10\n`);
  scene.options.set("w-2", `${started}KUBELET_KUBEADM_ARGS\n--node-ip=192.0.2.22\n`);
  expect(judge(scene).diagnostics).toMatchObject([
    { code: "upgrade/removed-kubelet-option", place: { node: "cp-1" } },
    { code: "upgrade/removed-kubelet-option", place: { node: "w-2" } },
  ]);
});
