import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { madeOf } from "../../../roles/cluster/manifestSteps.ts";
import { roles } from "../../../roles/index.ts";
import { waitingConf } from "../../../roles/multus/confFiles.ts";
import { confProblem } from "../../../roles/multus/gates.ts";
import { multusManifest } from "../../../roles/multus/manifest.ts";
import { probeAddress } from "../../../roles/multus/probe.ts";
import { probesUnmet } from "../../../roles/multus/secondInterface.ts";
import { confFileOf } from "../../../src/network/parts.ts";
import { dict, type KubeObject } from "../../../src/role/objects/kubeObject.ts";
import { RoleHarness } from "../../../src/testing/roleHarness.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { catalog, liveCluster, templatesFolder } from "./sample.ts";

const manifest = (kind: "thick" | "thin"): string => `
apiVersion: v1
kind: ConfigMap
metadata: {name: ${kind === "thick" ? "multus-daemon-config" : "multus-cni-config"}, namespace: kube-system}
data: {daemon-config.json: '{"chrootDir": "/hostroot", "multusConfigFile": "auto", "logLevel": "debug"}', other: kept}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-multus-ds, namespace: kube-system}
spec:
  template:
    metadata: {labels: {name: multus}}
    spec:
      initContainers:
        - {name: install, image: "ghcr.io/k8snetworkplumbingwg/multus-cni:snapshot${kind === "thick" ? "-thick" : ""}", resources: {requests: {memory: 15Mi}}}
      containers:
        - name: kube-multus
          image: ghcr.io/k8snetworkplumbingwg/multus-cni:snapshot${kind === "thick" ? "-thick" : ""}
          args: [--multus-conf-file=auto]
          resources: {requests: {cpu: 100m, memory: 50Mi}, limits: {cpu: 100m, memory: 50Mi}}
`;

const withMultus = (more = "") =>
  sampleCluster({
    network: `{multus: {version: 4.2.3, attachments: [{name: lan, config: {type: macvlan, master: eth1}}]${more}}}`,
  });
const digest = `sha256:${"ab".repeat(32)}`;
const image = "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.3";
const harness = (cluster = withMultus()) =>
  new RoleHarness({
    cluster,
    catalog: { ...catalog, images: [...catalog.images, { ref: image, digest }, { ref: `${image}-thick`, digest }] },
    steps: roles,
    templates: templatesFolder,
    texts: new Map([
      ["multus-thick-manifest 4.2.3", manifest("thick")],
      ["multus-manifest 4.2.3", manifest("thin")],
    ]),
  });
const made = (more = ""): readonly KubeObject[] => madeOf(multusManifest, harness(withMultus(more)).target).objects;
const container = (more = ""): KubeObject => {
  const set = made(more).find(({ kind }) => kind === "DaemonSet") as {
    spec: { template: { spec: { containers: KubeObject[] } } };
  };
  return set.spec.template.spec.containers[0] ?? {};
};

describe("its manifest", () => {
  test("the thick daemon is told the default network's file, and waits for it", () => {
    const data = dict(made().find(({ kind }) => kind === "ConfigMap")?.data);
    expect(JSON.parse(String(data["daemon-config.json"]))).toEqual({
      chrootDir: "/hostroot",
      multusConfigFile: "auto",
      logLevel: "verbose",
      namespaceIsolation: false,
      multusMasterCNI: "10-flannel.conflist",
      readinessindicatorfile: "/hostroot/etc/cni/net.d/10-flannel.conflist",
    });
    expect(data.other).toBe("kept");
    expect(container().image).toBe(`${image}-thick@${digest}`);
  });
  test("the thin one is told the same with its arguments", () => {
    expect(container(", kind: thin, namespaceIsolation: true")).toMatchObject({
      image: `${image}@${digest}`,
      args: [
        "--multus-conf-file=auto",
        "--multus-master-cni-file-name=10-flannel.conflist",
        "--readiness-indicator-file=/etc/cni/net.d/10-flannel.conflist",
        "--namespace-isolation=true",
        "--multus-log-level=verbose",
      ],
    });
  });
  test("memory is the release's unless the inventory says more, and its processor share stays", () => {
    expect(container().resources).toEqual({ requests: { cpu: "100m", memory: "50Mi" }, limits: { cpu: "100m", memory: "50Mi" } });
    expect(container(", memory: 128Mi").resources).toEqual({
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { cpu: "100m", memory: "128Mi" },
    });
  });
  test("definitions are no part of it: a new one restarts no daemon", () => {
    const digestOf = (cluster = withMultus()) => madeOf(multusManifest, harness(cluster).target).digest;
    const other = sampleCluster({
      network: "{multus: {version: 4.2.3, attachments: [{name: wan, config: {type: macvlan, master: eth1}}]}}",
    });
    expect(digestOf(other)).toBe(digestOf());
  });
});

describe("a node's CNI configuration", () => {
  const cluster = withMultus();
  const thick = { type: "multus-shim", clusterNetwork: "/host/etc/cni/net.d/10-flannel.conflist" };
  test.each([
    ["00-multus.conf", thick, null],
    ["10-flannel.conflist", thick, "10-flannel.conflist stands first in /etc/cni/net.d, not 00-multus.conf"],
    ["00-multus.conf", { ...thick, type: "multus" }, "00-multus.conf calls multus, not multus-shim"],
    [
      "00-multus.conf",
      { ...thick, clusterNetwork: "/x/99-loopback.conf" },
      "00-multus.conf has /x/99-loopback.conf for the default network, not 10-flannel.conflist",
    ],
    ["00-multus.conf", "{", "00-multus.conf is not a configuration of Multus"],
    ["01-multus.conf", thick, "01-multus.conf stands first in /etc/cni/net.d, not 00-multus.conf"],
  ])("%s %j", (name, conf, problem) => {
    expect(confProblem(`${name}\n${typeof conf === "string" ? conf : JSON.stringify(conf)}`, cluster)).toBe(problem);
  });
  test("the thin one may write a list, with the default network in it", () => {
    const thin = withMultus(", kind: thin");
    const conf = (delegates: object[]) => `00-multus.conflist\n${JSON.stringify({ plugins: [{ type: "multus", delegates }] })}`;
    expect(confProblem(conf([{ name: "cbr0" }]), thin)).toBeNull();
    expect(confProblem(conf([]), thin)).toBe("00-multus.conflist has no default network");
  });
  test("while the daemon restarts pods wait for it; the thin one keeps its file", () => {
    expect(JSON.parse(waitingConf(cluster) ?? "")).toMatchObject(thick);
    expect(waitingConf(withMultus(", kind: thin"))).toBeNull();
    expect(confFileOf(cluster)).toBe("00-multus.conf");
  });
});

describe("the proof of a second interface", () => {
  const names = ["cp-1", "w-1", "w-2"];
  const status = "status 1 yes Running\nstatus 2 yes Running\nstatus 3 yes Running\n";
  const asked = "asked 1 2 yes\nasked 2 3 yes\nasked 3 1 yes\n";
  test.each([
    [status + asked, null],
    [status.replace("2 yes", "2 no") + asked, "a pod on w-1 has no second interface yet"],
    ["status 1 yes Running\nevent no such device eth9\n", "a pod on w-1, w-2 has no second interface yet: no such device eth9"],
    [status + asked.replace("3 1 yes", "3 1 no"), "not reached over the second interface: w-2 to cp-1"],
    [status, "not every node has asked another"],
  ])("%j", (stdout, problem) => expect(probesUnmet(stdout, names, true)).toBe(problem));

  test("every node has an address of its own", () => {
    const all = Array.from({ length: 1000 }, (_, index) => probeAddress(index + 1));
    expect(new Set(all).size).toBe(1000);
    expect([all[0], all[255], all[999]]).toEqual(["169.254.64.1", "169.254.65.0", "169.254.67.232"]);
  });
});

describe("a live cluster", () => {
  const kept = (names: readonly string[]): string => {
    const items = names.map((name) => ({ kind: "ConfigMap", metadata: { name, namespace: "kube-system" } }));
    return `${gzipSync(JSON.stringify({ items })).toString("base64")}|`;
  };
  test("thick does not become thin by an edit", () => {
    const live = liveCluster({ "kube kept multus": kept(["multus-daemon-config"]) });
    expect(harness(withMultus(", kind: thin")).check("multus/kind", null, live)).toMatchObject({
      status: "blocked",
      reasons: [{ code: "multus/kind", seen: "thick -> thin" }],
    });
    expect(harness(withMultus(", kind: thin, reinstall: true")).check("multus/kind", null, live).status).toBe("ok");
    expect(harness().check("multus/kind", null, live).status).toBe("ok");
  });
  test("definitions are made, changed and taken away by name; those of others are not asked for", () => {
    const nad = (name: string, config: string) => ({ metadata: { name, namespace: "default" }, spec: { config } });
    const own = withMultus().network.multus?.attachments[0]?.config ?? "";
    const live = (...items: object[]) => liveCluster({ "kube network attachments": JSON.stringify({ items }) });
    const changes = (cluster: ReturnType<typeof live>) => {
      const verdict = harness().check("multus/attachments", null, cluster);
      return verdict.status === "change" ? verdict.changes.map(({ action, target }) => `${action} ${target}`) : verdict.status;
    };
    expect(changes(live(nad("lan", own)))).toBe("ok");
    expect(changes(live(nad("lan", "{}"), nad("old", "{}")))).toEqual([
      "update NetworkAttachmentDefinition default/lan",
      "delete NetworkAttachmentDefinition default/old",
    ]);
    expect(changes(live())).toEqual(["create NetworkAttachmentDefinition default/lan"]);
  });
});
