import { execFile, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PAT_PASSWORD } from "../rootfs.ts";
import { waitFor } from "../waitFor.ts";
import { type Inventory, Scenario } from "./scenario.ts";

const execute = promisify(execFile);

/** Two machines, and the ways to reach them. */
let it: Scenario;
beforeAll(async () => {
  it = await Scenario.open("s3", { controlPlanes: 1, workers: 1 });
  it.inventory();
});
afterAll(() => it?.close());

const as = (ssh: Record<string, unknown>, edit: (inventory: Inventory) => void = () => {}): string =>
  it.inventory((inventory) => {
    Object.assign(inventory.ssh, ssh);
    edit(inventory);
  });
const password = { LAB_SUDO: PAT_PASSWORD };
const ok = "ok: 2 machines can be nodes of s3"; // and how many warnings there are

describe("sudo", () => {
  test("without a password", async () => {
    as({ user: "ops" });
    expect((await it.expectRun(0, ["preflight"])).stdout).toContain(ok);
    const { stdout } = await it.expectRun(2, ["plan"]);
    expect(stdout).toContain("kubeadm init");
  });

  test("with the password of the environment", async () => {
    as({ user: "pat", sudoPasswordEnv: "LAB_SUDO" });
    expect((await it.expectRun(0, ["preflight"], password)).stdout).toContain(ok);
    await it.expectRun(2, ["plan"], password);
  });

  test("with a password that is not named, not set, or wrong: blocked, told per node, and never shown", async () => {
    as({ user: "pat" });
    const unnamed = await it.expectRun(3, ["plan"]);
    expect(unnamed.stdout).toContain("sudoPasswordEnv");
    as({ user: "pat", sudoPasswordEnv: "LAB_SUDO" });
    const unset = await it.expectRun(3, ["plan"]);
    expect(unset.stdout).toContain("LAB_SUDO");
    const wrong = await it.expectRun(3, ["up", "--yes"], { LAB_SUDO: "battery-staple" });
    for (const { stdout } of [unnamed, unset, wrong]) {
      expect(stdout).toContain("nothing was changed");
      for (const node of ["cp-1", "w-1"]) expect(stdout).toContain(node);
    }
    expect(`${wrong.stdout}${wrong.stderr}`).not.toContain("battery-staple");
    expect(wrong.stdout).toMatch(/password/);
  });
});

describe("host keys", () => {
  const knownHosts = () => join(it.folder, "known_hosts");

  test("an unknown one blocks with its fingerprint; accepted on purpose, it is remembered", async () => {
    writeFileSync(knownHosts(), "");
    as({ knownHosts: knownHosts() });
    const { stdout } = await it.expectRun(3, ["plan"]);
    for (const node of ["cp-1", "w-1"]) {
      const print = await it.on(node, "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2");
      expect(stdout.replaceAll(/\s+/g, "")).toContain(print);
    }
    expect(stdout).toContain("--accept-new-host-keys");
    expect(readFileSync(knownHosts(), "utf8")).toBe("");
    await it.expectRun(0, ["preflight", "--accept-new-host-keys"]);
    expect(readFileSync(knownHosts(), "utf8").trim().split("\n").sort()).toEqual(
      readFileSync(it.lab.knownHostsPath, "utf8").trim().split("\n").sort(),
    );
    await it.expectRun(0, ["preflight"]);
  });

  test("a changed one blocks and names file and line, also when new ones are accepted", async () => {
    const [first = "", second = ""] = readFileSync(it.lab.knownHostsPath, "utf8").trim().split("\n");
    const exchanged = [first.split(" ")[0], ...second.split(" ").slice(1)].join(" ");
    writeFileSync(knownHosts(), `# machines\n${exchanged}\n${second}\n`);
    as({ knownHosts: knownHosts() });
    for (const more of [[], ["--accept-new-host-keys"]]) {
      const { stdout } = await it.expectRun(3, ["plan", ...more]);
      expect(stdout.replaceAll(/\s+/g, "")).toContain(`${knownHosts()}:2`);
      expect(stdout).toContain("has changed");
    }
    expect(readFileSync(knownHosts(), "utf8").split("\n")).toHaveLength(4);
  });

  test("fingerprints of the inventory stand in for known_hosts, and a wrong one blocks", async () => {
    const prints = new Map<string, string>();
    for (const { name } of it.lab.nodes)
      prints.set(name, await it.on(name, "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2"));
    const pin = (of: (node: string) => string) =>
      as({ knownHosts: join(it.folder, "no-such-file") }, (inventory) => {
        for (const node of inventory.nodes) node.ssh = { hostKeys: [prints.get(of(node.name))] };
      });
    pin((node) => node);
    await it.expectRun(0, ["preflight"]);
    pin(() => "w-1");
    const { stdout } = await it.expectRun(3, ["preflight"]);
    expect(stdout).toContain("cp-1");
    expect(stdout).toContain("the inventory expects");
  });
});

describe("the long way", () => {
  let agent: { readonly socket: string; end(): void };
  beforeAll(async () => {
    const socket = join(it.folder, "agent.sock");
    const child = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    agent = { socket, end: () => child.kill() };
    await waitFor("the agent", { intervalMs: 50, deadlineMs: 5000 }, async () =>
      execute("ssh-add", [it.lab.keyPath], { env: { ...process.env, SSH_AUTH_SOCK: socket } }).then(
        () => null,
        (error: Error) => error.message,
      ),
    );
  });
  afterAll(() => agent?.end());

  test("an agent alone is enough; without one there is nothing to offer, which is told", async () => {
    as({ identityFile: undefined });
    await it.expectRun(0, ["preflight"], { SSH_AUTH_SOCK: agent.socket });
    const { stdout } = await it.expectRun(3, ["preflight"]);
    expect(stdout).toContain("SSH_AUTH_SOCK");
  });

  test("a bastion's own login shows at the bastion, not at the machine behind it", async () => {
    const bastion = it.lab.node("w-1").address;
    as({ bastion: `ops@${bastion}` }, (inventory) => {
      inventory.nodes = inventory.nodes.filter((node) => node.name === "cp-1");
    });
    const cursor = await it.on("cp-1", "journalctl -u ssh -n 0 --show-cursor -q | sed 's/^-- cursor: //'");
    await it.expectRun(0, ["preflight"]);
    const from = await it.on("cp-1", `journalctl -u ssh -q -o cat --after-cursor='${cursor}' | grep '^Accepted'`);
    expect(from.split("\n")[0]).toContain(`root from ${bastion}`);
  });

  test("a single machine becomes a cluster through a bastion, with an agent, as a user with a sudo password", async () => {
    as(
      { identityFile: undefined, user: "pat", sudoPasswordEnv: "LAB_SUDO", bastion: `ops@${it.lab.node("w-1").address}` },
      (inventory) => {
        inventory.nodes = [
          { ...inventory.nodes[0], name: "cp-1", address: it.lab.node("cp-1").address, roles: ["control-plane", "worker"] },
        ];
      },
    );
    const env = { ...password, SSH_AUTH_SOCK: agent.socket };
    const { stdout, stderr } = await it.expectRun(0, ["up", "--yes"], env);
    expect(`${stdout}${stderr}`).not.toContain(PAT_PASSWORD);
    expect((await it.expectRun(0, ["up", "--yes"], env)).stdout).toContain("Nothing to do");
    await it.expectRun(0, ["verify"], env);
    expect(
      await it.on(
        "cp-1",
        `grep -rl ${PAT_PASSWORD} /var/log /run/provision /etc/provision /var/lib/provision /tmp 2>/dev/null; true`,
      ),
    ).toBe("");
    await expect(execute("grep", ["-r", PAT_PASSWORD, join(it.folder, "state")])).rejects.toThrow();
  });
});
