import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadInventory } from "../../../src/inventory/loadInventory.ts";
import { ProvisionError } from "../../../src/model/diagnostic.ts";
import { inventory, line, read } from "./read.ts";

describe("what an inventory becomes", () => {
  it("has every default filled in", () => {
    const cluster = read(inventory());
    expect(cluster.network).toEqual({
      pods: "10.244.0.0/16",
      services: "10.96.0.0/16",
      dnsDomain: "cluster.local",
      cni: { name: "flannel", version: "0.28.9", backend: "vxlan", nftables: true },
      multus: null,
      kubeProxy: {
        mode: "nftables",
        nodePortAddresses: [],
        conntrack: { maxPerCore: null, min: null, tcpBeLiberal: false },
        localhostNodePorts: null,
        masqueradeAll: false,
        masqueradeBit: null,
        syncPeriod: null,
        minSyncPeriod: null,
        ipvs: { scheduler: null, strictARP: false },
      },
    });
    expect(cluster.endpoint).toEqual({ kind: "node-local", port: 7443 });
    expect(cluster.artifacts).toEqual({ from: "official" });
    expect(cluster.containerd).toEqual({ version: "2.3.4", runc: "1.4.3", cniPlugins: "1.9.1", restrictOomScoreAdj: false });
    expect(cluster.kubelet).toEqual({ failCgroupV1: true, evictionHard: {}, maxPods: 110 });
    expect(cluster.security).toEqual({ encryptSecrets: true, auditLog: true, podSecurity: "baseline" });
    expect(cluster.upgrade).toEqual({
      window: 1,
      drainTimeoutSeconds: 600,
      pause: "never",
      hooks: { before: null, after: null, timeoutSeconds: 600 },
    });
    expect(cluster.nodes[1]).toEqual({
      name: "w-1",
      address: "192.0.2.21",
      roles: ["worker"],
      labels: {},
      taints: [],
      order: "default",
      ssh: {
        host: "192.0.2.21",
        port: 22,
        user: "root",
        identityFile: null,
        hostKeys: [],
        knownHosts: "/home/ada/.ssh/known_hosts",
        sudoPasswordEnv: null,
        bastion: null,
      },
    });
  });

  it("cannot be changed", () => {
    const cluster = read(inventory());
    expect(() => Object.assign(cluster.nodes[0] ?? {}, { name: "other" })).toThrow(TypeError);
    expect(() => (cluster.network.kubeProxy.nodePortAddresses as string[]).push("x")).toThrow(TypeError);
  });

  it("pairs containerd and runc with the Kubernetes version", () => {
    const { containerd } = read(inventory().replace("1.36.4", "1.35.8"));
    expect([containerd.version, containerd.runc]).toEqual(["2.2.7", "1.3.6"]);
  });

  it("lets flannel follow kube-proxy's mode", () => {
    expect(read(inventory("network: {kubeProxy: {mode: iptables}}")).network.cni).toMatchObject({ nftables: false });
  });

  it("starts relative paths at the inventory, and ~ at the home directory", () => {
    const cluster = read(
      inventory(
        "ssh: {identityFile: keys/id, knownHosts: ~/hosts}\nartifacts: {from: mirror, url: https://m.example/, catalog: catalog.json}",
      ),
    );
    expect(cluster.nodes[0]?.ssh).toMatchObject({ identityFile: "/srv/inventories/rack/keys/id", knownHosts: "/home/ada/hosts" });
    expect(cluster.artifacts).toMatchObject({ url: "https://m.example", catalog: "/srv/inventories/rack/catalog.json" });
  });

  it.each([
    ["jump.example", { host: "jump.example", port: 22, user: "ops" }],
    ["me@jump.example:2222", { host: "jump.example", port: 2222, user: "me" }],
    ["{host: 192.0.2.1, identityFile: ~/jump}", { host: "192.0.2.1", identityFile: "/home/ada/jump", user: "ops" }],
  ])("reads the bastion %s", (bastion, expected) => {
    expect(
      read(inventory(`ssh: {user: ops, identityFile: /k, bastion: "${bastion}"}`.replace(/"({.*})"/, "$1"))).nodes[0]?.ssh
        .bastion,
    ).toMatchObject(expected);
  });

  it("merges defaults, anchors and a node's own values", () => {
    const cluster = read(
      inventory(
        "x-db: &db {taints: [dedicated=db:NoSchedule], order: edge}\ndefaults: {roles: [worker], labels: {zone: a, rack: '1'}}\nssh: {user: ops, port: 2200}",
        "  - {name: cp, address: 192.0.2.1, roles: [control-plane]}\n  - {<<: *db, name: db, address: 192.0.2.2, labels: {zone: b}, ssh: {port: 22, bastion: null}}",
      ),
    );
    expect(cluster.nodes[1]).toMatchObject({
      roles: ["worker"],
      labels: { zone: "b", rack: "1" },
      taints: [{ key: "dedicated", value: "db", effect: "NoSchedule" }],
      order: "edge",
      ssh: { user: "ops", port: 22 },
    });
  });
});

describe("where an inventory is looked for", () => {
  let cwd = "";
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), "inventory-"));
    await mkdir(join(cwd, "inventories/rack"), { recursive: true });
    await writeFile(join(cwd, "inventories/rack/cluster.yaml"), inventory());
  });
  afterAll(() => rm(cwd, { recursive: true }));

  it.each(["inventories/rack/cluster.yaml", "inventories/rack", "rack", "./inventories/rack/"])(
    "finds it at %s",
    async (path) => {
      const { cluster } = await loadInventory(path, { cwd, home: "/home/ada" });
      expect(cluster.source).toBe("inventories/rack/cluster.yaml");
    },
  );

  it.each(["inventories", "nothing", "../rack", "", "~/rack"])("says where it looked for %j", async (path) => {
    const error = await loadInventory(path, { cwd, home: "/nowhere" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProvisionError);
    const [only] = (error as ProvisionError).diagnostics;
    expect(only?.code).toBe("inventory/not-found");
    expect(only?.message).toBe(`no inventory at ${JSON.stringify(path)}`);
    expect(only?.seen).toContain("cluster.yaml");
  });
});

it.each(["lab", "lab-ha", "bare-metal", "single"])("the sample inventories/%s loads", async (name) => {
  const { cluster, warnings } = await loadInventory(name, {
    cwd: new URL("../../../", import.meta.url).pathname,
    home: "/home/ada",
  });
  expect(cluster.name).toBe(name);
  const lab = name.startsWith("lab");
  expect(warnings.map(line)).toHaveLength(lab ? 1 : 0);
  const shape = { lab: [1, 2], "lab-ha": [3, 2], "bare-metal": [3, 3], single: [1, 1] }[name];
  expect(
    ["control-plane", "worker"].map((role) => cluster.nodes.filter((node) => node.roles.some((one) => one === role)).length),
  ).toEqual(shape);
});
