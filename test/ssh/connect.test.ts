import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeConnect, retryTransient } from "../../src/host/connect.ts";
import { HostError, type HostErrorKind } from "../../src/host/host.ts";
import type { NodeSpec, SshSpec } from "../../src/model/cluster.ts";
import type { SshServer } from "../../src/testing/sshServer.ts";
import { eventually, openSite, type Site } from "./site.ts";

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const node = (name: string, ssh: SshSpec): NodeSpec => ({
  name,
  address: ssh.host,
  roles: ["worker"],
  labels: {},
  taints: [],
  order: "default",
  ssh,
});
const connectTo = (...nodes: NodeSpec[]) => makeConnect({ nodes, source: "cluster.yaml" }, { acceptNewHostKeys: false, env: {} });

async function bastionSpec(server: SshServer): Promise<NonNullable<SshSpec["bastion"]>> {
  const { bastion: _, sudoPasswordEnv: __, ...spec } = await site.spec(server);
  return spec;
}

describe("makeConnect", () => {
  it("opens sessions by name and knows no other", async () => {
    const server = await site.server();
    const connect = connectTo(node("a", await site.spec(server)));
    const host = await connect("a");
    expect(host.name).toBe("a");
    expect((await host.run("echo a")).stdout).toBe("a\n");
    await host.close();
    await expect(connect("b")).rejects.toThrow("no node b in cluster.yaml");
  });

  it("reaches nodes through one connection to their bastion, and closes it with the last", async () => {
    const bastion = await site.server();
    const servers = [await site.server(), await site.server(), await site.server()];
    const through = await bastionSpec(bastion);
    const nodes = await Promise.all(
      servers.map(async (server, n) => node(`n${n}`, await site.spec(server, { bastion: through }))),
    );
    const connect = connectTo(...nodes);
    const hosts = await Promise.all(nodes.map(({ name }) => connect(name)));
    expect(await Promise.all(hosts.map(async (host) => (await host.run(`echo ${host.name}`)).stdout))).toEqual([
      "n0\n",
      "n1\n",
      "n2\n",
    ]);
    expect(bastion.counts).toMatchObject({ connections: 1, forwards: 3, sessions: 0 });
    await hosts[0]?.close();
    await hosts[1]?.close();
    expect((await hosts[2]?.run("echo on"))?.stdout).toBe("on\n");
    await hosts[2]?.close();
    await (await connect("n0")).close();
    expect(bastion.counts.connections).toBe(2);
  });

  it("verifies the bastion's key and the node's own behind it", async () => {
    const [bastion, server] = [await site.server(), await site.server()];
    const through = await bastionSpec(bastion);
    const nowhere = join(site.folder, "none");
    const strangeBastion = node("a", await site.spec(server, { bastion: { ...through, knownHosts: nowhere } }));
    await expect(connectTo(strangeBastion)("a")).rejects.toMatchObject({
      kind: "host-key-unknown",
      message: expect.stringContaining(String(bastion.port)),
    });
    const strangeNode = node("b", await site.spec(server, { bastion: through, knownHosts: nowhere }));
    await expect(connectTo(strangeNode)("b")).rejects.toMatchObject({
      kind: "host-key-unknown",
      message: expect.stringContaining(String(server.port)),
    });
    await writeFile(nowhere, "");
    expect(server.counts.sessions).toBe(0);
  });

  it("says what the bastion cannot do", async () => {
    const server = await site.server();
    const closed = await site.server();
    await closed.close();
    const open = node("a", await site.spec(closed, { bastion: await bastionSpec(await site.server()) }));
    await expect(connectTo(open)("a")).rejects.toMatchObject({
      kind: "unreachable",
      host: "a",
      message: expect.stringContaining("bastion"),
    });
    const strict = node("b", await site.spec(server, { bastion: await bastionSpec(await site.server({ forwarding: false })) }));
    await expect(connectTo(strict)("b")).rejects.toMatchObject({
      kind: "unreachable",
      hint: expect.stringContaining("AllowTcpForwarding"),
    });
  });

  it("loses the nodes with the bastion, and finds them again by it", async () => {
    const [bastion, server] = [await site.server(), await site.server()];
    const connect = connectTo(node("a", await site.spec(server, { bastion: await bastionSpec(bastion) })));
    const host = await connect("a");
    const running = host.run(`: >'${site.folder}'/started; sleep 60`).catch((error: unknown) => error);
    await eventually(async () => (await import("node:fs")).existsSync(join(site.folder, "started")));
    bastion.drop();
    expect(await running).toMatchObject({ kind: "lost" });
    await host.close();
    const again = await connect("a");
    expect((await again.run("echo back")).stdout).toBe("back\n");
    await again.close();
  });
});

describe("retryTransient", () => {
  const failing = (kind: HostErrorKind, times: number) => {
    let calls = 0;
    return {
      get calls() {
        return calls;
      },
      attempt: async () => {
        if (++calls <= times) throw new HostError(kind, "n", "no");
        return "in";
      },
    };
  };

  it("tries again what may pass, three times in all", async () => {
    const passing = failing("unreachable", 1);
    expect(await retryTransient(passing.attempt)).toBe("in");
    const lasting = failing("lost", 9);
    await expect(retryTransient(lasting.attempt)).rejects.toMatchObject({ kind: "lost" });
    expect(lasting.calls).toBe(3);
  });

  it("does not repeat what a person has to mend", async () => {
    for (const kind of ["auth", "sudo", "host-key-unknown", "host-key-changed", "key-file", "timeout", "put"] as const) {
      const broken = failing(kind, 9);
      await expect(retryTransient(broken.attempt)).rejects.toMatchObject({ kind });
      expect(broken.calls).toBe(1);
    }
  });

  it("stops between two tries when told to", async () => {
    const stop = new AbortController();
    const lasting = failing("unreachable", 9);
    const trying = retryTransient(lasting.attempt, stop.signal);
    stop.abort(new Error("enough"));
    await expect(trying).rejects.toThrow("enough");
    expect(lasting.calls).toBe(1);
  });
});
