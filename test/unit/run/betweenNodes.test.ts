import { describe, expect, test } from "vitest";
import { type Host, HostError } from "../../../src/host/host.ts";
import { localHost } from "../../../src/host/localHost.ts";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import { outcomeOfAnswer } from "../../../src/preflight/results.ts";
import { betweenNodes } from "../../../src/run/betweenNodes.ts";
import { Sessions } from "../../../src/run/sessions.ts";
import { sampleCluster } from "../sampleCluster.ts";

/** Three nodes that are one machine at three loopback addresses: the real programs talk to each other. */
const sample = sampleCluster({ extra: "endpoint: {kind: external, host: 127.0.9.9, port: 1}" });
const cluster: ClusterSpec = {
  ...sample,
  artifacts: { from: "official" },
  nodes: sample.nodes.map((node, index) => ({ ...node, address: `127.0.9.${index + 1}` })),
};
const names = cluster.nodes.map(({ name }) => name);

/** That host, but for what `wrong` says: a rejection or a reply of its own. */
const but = (host: Host, wrong: Partial<Host>): Host => ({
  name: host.name,
  run: (script, options) => host.run(script, options),
  put: (path, content, options) => host.put(path, content, options),
  hold: (script) => host.hold(script),
  close: () => host.close(),
  ...wrong,
});

async function told(wrong: (host: Host) => Partial<Host> = () => ({}), answered: readonly string[] = names) {
  const sessions = new Sessions(async (name) => {
    const host = localHost(name);
    return name === "w-1" ? but(host, wrong(host)) : host;
  });
  try {
    const results = await betweenNodes(sessions, { cluster }, answered);
    return results.flatMap(({ check, node, findings }) =>
      findings.map(({ what, answer }) => `${check} ${node}: ${outcomeOfAnswer(answer)} ${what}`),
    );
  } finally {
    await sessions.close();
  }
}

const lost = (): Promise<never> => Promise.reject(new HostError("lost", "w-1", "the connection to w-1 was lost"));
const endpointRefuses = (line: string): boolean => !line.includes("endpoint");

describe("nodes that ask each other", { timeout: 20_000 }, () => {
  test("tell what they saw, on every port and in both directions", async () => {
    const all = await told();
    expect(all.filter(endpointRefuses)).toEqual([
      "between/tcp cp-1: yes to cp-1 6443/tcp",
      "between/tcp w-1: yes to w-1 10250/tcp",
      "between/tcp w-2: yes to w-2 10250/tcp",
      ...["udp", "mtu"].flatMap((check) =>
        names.map((node) => `between/${check} ${node}: yes to ${node}${check === "udp" ? " 8472/udp" : ""}`),
      ),
    ]);
    expect(all.filter((line) => !endpointRefuses(line))).toEqual(
      names.map((node) => `between/tcp ${node}: unknown endpoint 127.0.9.9:1`),
    );
  });

  test("only those that answered are asked", async () => {
    const all = await told(() => ({ run: lost, hold: lost }), ["cp-1", "w-2"]);
    expect(all.filter((line) => line.includes("w-1"))).toEqual([]);
    expect(all).toContain("between/udp w-2: yes to w-2 8472/udp");
  });

  test.each([
    ["does not listen", { hold: lost }],
    ["is lost before it listens", { hold: lost, run: lost }],
    [
      "says what no listener says",
      { hold: async () => ({ firstLine: "ready $(reboot) udp/0=1", closed: Promise.resolve(), release: async () => undefined }) },
    ],
    ["answers with rubbish only", { run: async () => ({ code: 0, stdout: "\u0000\nend end\n", stderr: "" }) }],
  ] satisfies [string, Partial<Host>][])("one that %s is unknown, and nobody is accused", async (_, wrong) => {
    const all = await told(() => wrong);
    expect(all.filter((line) => /: (no|warning) /.test(line))).toEqual([]);
    expect(all.filter((line) => line.includes("w-1: unknown")).length).toBeGreaterThan(0);
    expect(all).toContain("between/tcp w-2: yes to w-2 10250/tcp");
  });

  test("every listener is let go of, whatever becomes of a node", async () => {
    const released: string[] = [];
    await told((host) => ({
      run: lost,
      hold: async (script) => {
        const held = await host.hold(script);
        return {
          ...held,
          release: async () => {
            await held.release();
            released.push(host.name);
          },
        };
      },
    }));
    expect(released).toEqual(["w-1"]);
  });
});
