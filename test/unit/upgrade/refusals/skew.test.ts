import { expect, test } from "vitest";
import { codes, judge } from "./judge.ts";
import { healthy, type Scene } from "./scene.ts";

const plane = (scene: Scene, node: string, more: Readonly<Record<string, string>>): void => {
  scene.planes.set(node, { ...scene.planes.get(node), ...more });
};
const kubelet = (scene: Scene, node: string, version: string): void => {
  const seen = scene.nodes.get(node);
  if (seen !== undefined) seen.kubelet = version;
};
const allServers = (scene: Scene, version: string): void => {
  for (const node of scene.planes.keys())
    plane(scene, node, { "kube-apiserver": version, "kube-controller-manager": version, "kube-scheduler": version });
};

test("a healthy cluster is not accused of anything", () => {
  expect(judge(healthy()).diagnostics).toEqual([]);
  expect(judge(healthy(3)).diagnostics).toEqual([]);
});

test("API servers are at most one minor apart", () => {
  const scene = healthy(3);
  plane(scene, "cp-3", { "kube-apiserver": "v1.33.9", "kube-controller-manager": "v1.33.9", "kube-scheduler": "v1.33.9" });
  for (const name of scene.nodes.keys()) kubelet(scene, name, "v1.33.9");
  for (const name of scene.proxies.keys()) scene.proxies.set(name, "v1.33.9");
  expect(codes(scene)[0]).toBe("error skew-api-servers");
  expect(judge(scene).diagnostics[0]?.message).toBe("API servers run 1.33.9 (cp-3) and 1.35.4 (cp-1)");
});

test("an API server is never taken over a minor", () => {
  const scene = healthy();
  allServers(scene, "v1.34.9");
  for (const name of scene.nodes.keys()) kubelet(scene, name, "v1.34.9");
  for (const name of scene.proxies.keys()) scene.proxies.set(name, "v1.34.9");
  expect(codes(scene)).toContain("error skew-api-servers");
});

test("a kubelet newer than the oldest API server", () => {
  const scene = healthy(3);
  kubelet(scene, "w-1", "v1.36.0");
  expect(codes(scene)).toEqual(["error skew-kubelet"]);
  expect(judge(scene).diagnostics[0]).toMatchObject({
    place: { node: "w-1" },
    hint: expect.stringContaining("version-skew-policy"),
  });
});

test("a newer patch of the same minor is no skew", () => {
  const scene = healthy();
  kubelet(scene, "w-1", "v1.35.9");
  expect(codes(scene)).toEqual([]);
});

test("a kubelet that would be too old once the API servers are new", () => {
  const scene = healthy();
  kubelet(scene, "w-1", "v1.33.0");
  scene.proxies.set("w-1", "v1.33.0");
  expect(codes(scene)).toEqual([]);
  kubelet(scene, "w-1", "v1.32.9");
  expect(codes(scene)).toEqual(["error skew-kubelet"]);
  expect(judge(scene).diagnostics[0]?.message).toContain("too old once the API servers run 1.36");
});

test("a node outside the inventory counts: its kubelet talks to the same API servers", () => {
  const scene = healthy();
  scene.nodes.set("stranger", { kubelet: "v1.32.1", ready: "True", runtime: "cri-o://1.32", annotations: {} });
  expect(judge(scene).diagnostics).toMatchObject([{ code: "upgrade/skew-kubelet", place: { node: "stranger" } }]);
});

test("kube-proxy: not newer than an API server, not too old for the new ones, at most three minors from its kubelet", () => {
  const newer = healthy();
  newer.proxies.set("w-1", "v1.36.4");
  expect(codes(newer)).toEqual(["error skew-kube-proxy"]);
  const old = healthy();
  old.proxies.set("w-1", "v1.32.0");
  expect(codes(old)).toEqual(["error skew-kube-proxy"]);
  const apart = healthy();
  apart.proxies.set("w-1", "v1.31.0");
  expect(codes(apart)).toEqual(["error skew-kube-proxy", "error skew-kube-proxy-kubelet"]);
});

test.each(["kube-controller-manager", "kube-scheduler"])("%s: not newer than its API server, at most one minor older", (name) => {
  const newer = healthy();
  plane(newer, "cp-1", { [name]: "v1.36.0" });
  expect(codes(newer)).toEqual([`error skew-${name}`]);
  const older = healthy();
  plane(older, "cp-1", { [name]: "v1.34.0" });
  expect(codes(older)).toEqual([`error skew-${name}`]);
});

test("an upgrade that broke off after the first control plane goes on", () => {
  const scene = healthy(3);
  plane(scene, "cp-1", { "kube-apiserver": "v1.36.4", "kube-controller-manager": "v1.36.4", "kube-scheduler": "v1.36.4" });
  plane(scene, "cp-2", { "kube-apiserver": "v1.36.4" });
  const [first] = scene.etcd;
  if (first !== undefined) first.version = "3.6.8";
  expect(codes(scene)).toEqual([]);
});

test("an upgrade that broke off among the workers goes on", () => {
  const scene = healthy(3);
  allServers(scene, "v1.36.4");
  scene.from = "1.36.4";
  for (const name of ["cp-1", "cp-2", "cp-3", "w-1"]) kubelet(scene, name, "v1.36.4");
  scene.proxies.set("w-1", "v1.36.4");
  const seen = scene.nodes.get("w-1");
  if (seen !== undefined) {
    seen.ready = "False";
    seen.annotations["provision/cordoned"] = "20261121T174430Z-ab12";
  }
  scene.workloads[0] = { ...scene.workloads[0], status: { desiredNumberScheduled: 5, numberReady: 4 } };
  expect(codes(scene)).toEqual([]);
});
