import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { configDiffers, kubeProxyConfig, mergedConfig } from "../../../roles/kube-proxy/config.ts";
import { liveProxyFact } from "../../../roles/kube-proxy/live.ts";
import { leanedOn, noticed } from "../../../roles/kube-proxy/told.ts";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import { daemon, freshMachine, harness, inventory, liveCluster, noCluster } from "./sample.ts";

const lab = inventory("lab");
type Proxy = ClusterSpec["network"]["kubeProxy"];
const withProxy = (kubeProxy: Partial<Proxy>): ClusterSpec => ({
  ...lab,
  network: { ...lab.network, kubeProxy: { ...lab.network.kubeProxy, ...kubeProxy } },
});
const image = "registry.k8s.io/kube-proxy:v1.36.4";
const current = "kube daemonset kube-system/kube-proxy";
const answers = (text: string) => new Map([["kube-proxy", { code: 0, stdout: text }]]);

describe("settings", () => {
  const live = (text: string) => ({ "config.conf": text });

  test("of the mode in use go to that mode's section, and those of no value are left out", () => {
    const said = { masqueradeBit: 20, syncPeriod: "10s", localhostNodePorts: false };
    expect(kubeProxyConfig(withProxy({ mode: "iptables", ...said }))).toMatchObject({
      mode: "iptables",
      iptables: { masqueradeBit: 20, syncPeriod: "10s", localhostNodePorts: false },
    });
    const ipvs = { scheduler: "mh", strictARP: true };
    expect(kubeProxyConfig(withProxy({ mode: "ipvs", ipvs }))).toMatchObject({ mode: "ipvs", ipvs });
    expect(Object.keys(kubeProxyConfig(withProxy({ mode: "nftables" })))).not.toContain("nftables");
  });

  test("what kubeadm writes out as a default is no difference; a value that was taken back is", () => {
    const same = withProxy({ mode: "iptables", conntrack: { maxPerCore: null, min: null, tcpBeLiberal: false } });
    const written =
      "mode: iptables\nclusterCIDR: 10.244.0.0/16\nnodePortAddresses: null\nconntrack: {maxPerCore: null, min: null, tcpBeLiberal: false, udpTimeout: 0s}\niptables: {localhostNodePorts: null, masqueradeAll: false, masqueradeBit: null, minSyncPeriod: 0s, syncPeriod: 0s}\n";
    expect(configDiffers(same, live(written))).toEqual([]);
    expect(configDiffers(same, live(written.replace("localhostNodePorts: null", "localhostNodePorts: false")))).toEqual([
      { key: "iptables", from: '{"localhostNodePorts":false}', to: "{}" },
    ]);
    expect(configDiffers(same, live(written.replace("nodePortAddresses: null", "nodePortAddresses: [primary]")))).toEqual([
      { key: "nodePortAddresses", from: '["primary"]', to: "null" },
    ]);
  });

  test("a duration that is not set is left out: kube-proxy exits on null", () => {
    const text = mergedConfig(withProxy({ mode: "iptables" }), live("mode: nftables\niptables: {syncPeriod: 5s, custom: 1}\n"));
    expect(parse(text)).toMatchObject({ mode: "iptables", iptables: { custom: 1, masqueradeAll: false } });
    expect(text).not.toMatch(/Period: null/);
  });
});

describe("a change of mode", () => {
  const roles = harness(withProxy({ mode: "iptables" }));
  const stale = liveCluster({ [current]: daemon("kube-proxy", image, ["w-1"]) });

  test("is a ConfigMap beside the one in use, which the DaemonSet's template names: pods of earlier nodes' turns read what they read", () => {
    const [write, name] = roles.apply("kube-proxy/config", null, liveCluster());
    const map = JSON.parse(write?.kind === "run" ? String(write.stdin) : "") as {
      immutable: boolean;
      metadata: { name: string };
      data: Record<string, string>;
    };
    expect(map.immutable).toBe(true);
    expect(map.metadata.name).toMatch(/^kube-proxy-[0-9a-f]{10}$/);
    expect(parse(map.data["config.conf"] ?? "")).toMatchObject({ mode: "iptables" });
    expect(Object.keys(map.data)).toContain("kubeconfig.conf");
    expect(name?.kind === "run" ? String(name.stdin) : "").toContain(map.metadata.name);
  });

  test("tells what users notice, once, and what a node's own counters and files say", () => {
    expect(roles.check("kube-proxy/config", null, liveCluster())).toMatchObject({
      warnings: [{ code: "kube-proxy/node-port-addresses" }, { code: "kube-proxy/localhost-node-ports" }],
    });
    const back = noticed("iptables", withProxy({ mode: "nftables" })).map(({ code }) => code);
    expect(back).toEqual(
      ["node-port-addresses", "localhost-node-ports", "host-firewall", "chains"].map((one) => `kube-proxy/${one}`),
    );
    expect(noticed("iptables", withProxy({ mode: "nftables", nodePortAddresses: ["10.0.0.0/8"] }))).toHaveLength(3);
    expect(noticed("nftables", withProxy({ mode: "nftables" }))).toEqual([]);
    const fact = liveProxyFact("nftables");
    const said = fact.parse({ code: 0, stdout: "mode=iptables\nlocalhost=12\ninvalid=3\nscript=/etc/cron.d/fw\n" });
    expect(leanedOn(said, "nftables").map(({ seen }) => seen)).toEqual([
      "kubeproxy_iptables_localhost_nodeports_accepted_packets_total 12",
      "kubeproxy_iptables_ct_state_invalid_dropped_packets_total 3",
      "/etc/cron.d/fw",
    ]);
    expect(leanedOn(fact.parse({ code: 0, stdout: "mode=iptables\nlocalhost=0\n" }), "nftables")).toEqual([]);
  });

  test("on a node: the rules are copied, the pod replaced, the new mode asked, and only then the copy taken away", () => {
    const machine = freshMachine("w-1");
    expect(roles.check("kube-proxy/pod@w-1", machine, stale, answers("mode=nftables\n"))).toMatchObject({
      changes: [{ detail: "nftables -> iptables", disrupts: expect.stringContaining("a copy of its service rules serves") }],
    });
    const summaries = roles
      .apply("kube-proxy/pod@w-1", machine, stale, answers("mode=nftables\n"))
      .map((action) =>
        action.kind === "wait" ? action.condition.summary : action.kind === "run" ? action.summary : action.kind,
      );
    expect(summaries).toEqual([
      "copy the rules of mode nftables, to serve until the new ones stand",
      "kube-proxy of w-1 is of the newest revision and ready",
      "kube-proxy serves in mode iptables",
      "take away the copy, and what is left of modes other than iptables",
    ]);
  });

  test("that broke off after the pod was replaced is ended by the next run", () => {
    const same = harness(lab);
    expect(same.check("kube-proxy/pod@w-1", freshMachine("w-1"), liveCluster(), answers("mode=nftables\n"))).toEqual({
      status: "ok",
    });
    const copied = answers("mode=nftables\ncopied=yes\n");
    expect(same.check("kube-proxy/pod@w-1", freshMachine("w-1"), liveCluster(), copied).status).toBe("change");
    const last = same.apply("kube-proxy/pod@w-1", freshMachine("w-1"), liveCluster(), copied).at(-1);
    expect(last).toMatchObject({ kind: "run", summary: expect.stringContaining("take away the copy") });
  });

  test("a node whose new pod misses its gate gets its own revision back, and that alone", () => {
    const back = roles.back("kube-proxy/pod@w-1", freshMachine("w-1"), stale, answers("mode=nftables\n"));
    const [undo, ...rest] = back;
    expect(undo).toMatchObject({ kind: "run", script: { text: expect.stringContaining("controller-revision-hash=aaaa") } });
    expect(rest.map(({ kind }) => kind)).toEqual(["wait", "wait", "run"]);
  });

  test("between iptables and ipvs is blocked: nobody takes the rules away; below a version that knows the mode too", () => {
    const map = (mode: string) => ({
      "kube kube-proxy mounted": `kube-proxy\n${JSON.stringify({ data: { "config.conf": `mode: ${mode}\n` } })}`,
    });
    expect(harness(withProxy({ mode: "ipvs" })).check("kube-proxy/config", null, liveCluster(map("iptables")))).toMatchObject({
      status: "blocked",
      reasons: [{ hint: expect.stringContaining("by way of nftables") }],
    });
    const older = harness({ ...lab, kubernetes: { ...lab.kubernetes, version: "1.28.15" } });
    expect(older.check("kube-proxy/daemonset", null, liveCluster(map("nftables")))).toMatchObject({
      status: "blocked",
      reasons: [{ message: expect.stringContaining("KEP-3866") }],
    });
  });

  test("when all nodes have it, kubeadm's ConfigMap follows, and those of earlier settings go", () => {
    const after = liveCluster({
      "kube kube-proxy mounted": `kube-proxy-0123456789\n${JSON.stringify({ data: { "config.conf": mergedConfig(withProxy({ mode: "iptables" }), null) } })}`,
      "kube kube-proxy spares": "kube-proxy-aaaaaaaaaa\n",
    });
    expect(roles.check("kube-proxy/config", null, after).status).toBe("ok");
    expect(roles.check("kube-proxy/tidy", null, after)).toMatchObject({
      changes: [
        { target: "ConfigMap kube-system/kube-proxy", action: "update" },
        { target: "ConfigMap kube-system/kube-proxy-aaaaaaaaaa", action: "delete" },
      ],
    });
    expect(harness(lab).check("kube-proxy/tidy", null, liveCluster()).status).toBe("ok");
  });
});

describe("mode none", () => {
  const none = harness(withProxy({ mode: "none" }));

  test("deletes the DaemonSet and the ConfigMap once the network does their work everywhere, then each node's rules", () => {
    expect(none.check("kube-proxy/gone", null, liveCluster())).toMatchObject({
      changes: [{ target: "DaemonSet kube-system/kube-proxy" }, { target: "ConfigMap kube-system/kube-proxy" }],
    });
    const order = (id: string) => none.instances.findIndex((one) => one.id === id);
    expect(order("kube-proxy/gone")).toBeGreaterThan(order("flannel/pod@w-2"));
    expect(order("kube-proxy/cleared@w-1")).toBeGreaterThan(order("kube-proxy/gone"));
    expect(none.instances.some(({ id }) => id.startsWith("kube-proxy/pod"))).toBe(false);
    const seen = (text: string) => new Map([["kube-proxy rules", { code: 0, stdout: text }]]);
    expect(none.check("kube-proxy/cleared@w-1", freshMachine("w-1"), liveCluster(), seen("table\n")).status).toBe("change");
    expect(none.check("kube-proxy/cleared@w-1", freshMachine("w-1"), liveCluster(), seen("")).status).toBe("ok");
    const without = liveCluster({ [current]: "", "kube configmap kube-proxy": "" });
    expect(none.check("kube-proxy/gone", null, without).status).toBe("ok");
    expect(none.check("kube-proxy/gone", null, noCluster).status).toBe("ok");
  });

  test("and back: kubeadm's own phase installs it again", () => {
    const without = liveCluster({ [current]: "", "kube kube-proxy mounted": "" });
    expect(harness(lab).check("kube-proxy/daemonset", null, without)).toMatchObject({ changes: [{ action: "create" }] });
    const [install] = harness(lab).apply("kube-proxy/daemonset", null, without);
    expect(install?.kind === "run" ? install.script.text : "").toContain("init phase addon kube-proxy");
    expect(install?.kind === "run" ? String(install.stdin) : "").toContain("KubeProxyConfiguration");
  });
});
