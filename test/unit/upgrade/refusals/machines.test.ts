import { expect, test } from "vitest";
import { cordonedBy } from "../../../../src/run/cordon.ts";
import { cordonMark } from "../../../../src/upgrade/refusals/health.ts";
import { leaf } from "./certificates.ts";
import { codes, judge } from "./judge.ts";
import { healthy, workload } from "./scene.ts";

const unready = (annotations: Record<string, string> = {}) => {
  const scene = healthy();
  const node = scene.nodes.get("w-1");
  if (node !== undefined) Object.assign(node, { ready: "Unknown", annotations });
  scene.workloads[0] = workload("DaemonSet", "kube-system/kube-proxy", 3, 2);
  return scene;
};

test("a node that is not Ready: an unhealthy start, told once, with its own words", () => {
  expect(judge(unready())).toMatchObject({
    mayPass: true,
    diagnostics: [{ code: "upgrade/node-not-ready", place: { node: "w-1" }, seen: "KubeletNotReady: container runtime is down" }],
  });
});

test("unless an earlier run left it cordoned", () => {
  expect(cordonMark).toBe(cordonedBy);
  expect(codes(unready({ [cordonMark]: "20261121T174430Z-ab12" }))).toEqual([]);
});

test("a node that is not of the inventory is told, not refused; one the cluster does not know is told too", () => {
  const scene = healthy();
  scene.nodes.set("old", { kubelet: "v1.35.4", ready: "False", runtime: "containerd://2.2.7", annotations: {} });
  scene.nodes.delete("w-2");
  scene.proxies.delete("w-2");
  expect(codes(scene)).toEqual(["warning node-not-ready", "warning node-absent"]);
});

test("a control plane that is not whole", () => {
  const scene = healthy(3);
  scene.missing.add("kube-scheduler@cp-2");
  expect(judge(scene).diagnostics).toMatchObject([
    { code: "upgrade/static-pods", place: { node: "cp-2" }, seen: "kube-scheduler is not there" },
  ]);
  scene.underWay.set("cp-2", "kubeadm\n");
  expect(codes(scene)).toEqual([]);
});

test("DaemonSets that every pod needs are whole; others are their owners' matter", () => {
  const scene = healthy();
  scene.workloads.push(workload("DaemonSet", "kube-flannel/kube-flannel-ds", 3, 2), workload("DaemonSet", "shop/logs", 3, 0));
  scene.workloads.push(workload("DaemonSet", "kube-system/gpu", 0));
  expect(judge(scene).diagnostics).toMatchObject([{ code: "upgrade/daemonset", seen: "2 of 3 pods ready" }]);
});

test("certificates: expired ones are refused, those that end within a week are told", () => {
  const scene = healthy();
  const end = Date.parse("2027-11-21T17:59:38Z") / 1000;
  scene.now = end - 8 * 86_400;
  expect(codes(scene)).toEqual([]);
  scene.now = end - 6 * 86_400;
  expect(judge(scene).diagnostics).toMatchObject([
    {
      code: "upgrade/certificate-expires",
      severity: "warning",
      place: { node: "cp-1" },
      seen: "/etc/kubernetes/pki/apiserver.crt until 2027-11-21",
    },
  ]);
  scene.now = end;
  expect(codes(scene)).toEqual(["error certificate-expired"]);
  expect(judge(scene).diagnostics[0]?.hint).toContain("provision certs renew");
  scene.now = Date.parse("2036-11-17T00:00:00Z") / 1000;
  expect(judge(scene).diagnostics.map(({ hint }) => hint?.includes("rotation-of-ca"))).toEqual([false, true]);
});

test("a kubelet's own certificate that has expired has another way out", () => {
  const scene = healthy();
  scene.certificates.set("w-1", `file=/var/lib/kubelet/pki/kubelet-client-current.pem\n${leaf}`);
  scene.certificates.delete("cp-1");
  scene.now = Date.parse("2028-01-01T00:00:00Z") / 1000;
  expect(judge(scene).diagnostics[0]?.hint).toContain("join again");
});

test("nonsense in place of a certificate is told of that node, and all else is judged", () => {
  const scene = healthy();
  scene.certificates.set("w-1", "file=/x\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  expect(judge(scene).diagnostics).toMatchObject([{ code: "facts/not-understood", place: { node: "w-1" } }]);
});

test("room for staging: by file system, and only where something is staged", () => {
  const scene = healthy();
  scene.room.set("w-1", "/opt/provision\t500\t2049\n/var/lib/containerd\t500\t2049\n");
  scene.room.set("w-2", "/opt/provision\t500\t2049\n/var/lib/containerd\t500\t2050\n");
  expect(judge(scene).diagnostics).toMatchObject([
    {
      code: "upgrade/disk",
      place: { node: "w-1" },
      message: "staging needs about 650 MB under /opt/provision and /var/lib/containerd",
      seen: "500 MB are free",
    },
  ]);
  scene.staging.clear();
  expect(codes(scene)).toEqual([]);
});

test("a runtime that is no containerd, and a containerd that would go back", () => {
  const scene = healthy();
  const [one, two] = ["w-1", "w-2"].map((name) => scene.nodes.get(name));
  if (one !== undefined) one.runtime = "cri-o://1.35.0";
  if (two !== undefined) two.runtime = "containerd://2.4.0";
  expect(codes(scene)).toEqual(["error runtime", "warning containerd-back"]);
});

test("containerd of the target must serve its Kubernetes", () => {
  const scene = healthy();
  const cluster = { ...scene.cluster, containerd: { ...scene.cluster.containerd, version: "1.7.34" } };
  expect(codes({ ...scene, cluster })).toContain("error containerd");
});

test("a network agent that is not tested with the Kubernetes to come", () => {
  const scene = healthy();
  const agent = { node: "w-1", namespace: "kube-system", owner: "DaemonSet agent" };
  scene.pods.push({ ...agent, name: "calico-node-1", image: "quay.io/calico/node:v3.31.7" });
  scene.pods.push({ ...agent, name: "cilium-1", image: "quay.io/cilium/cilium:v1.20.1@sha256:0" });
  const [told] = judge(scene).diagnostics;
  expect(told).toMatchObject({
    code: "upgrade/cni-untested",
    severity: "warning",
    message: expect.stringContaining("Calico 3.31.7"),
  });
  expect(told?.hint).toContain("3.32 is: upgrade it first");
  expect(codes(scene)).toHaveLength(1);
});
