import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CliIo } from "../../../src/cli/cliIo.ts";
import { initCommand } from "../../../src/cli/init.ts";
import { printDiagnostics } from "../../../src/cli/printDiagnostics.ts";
import { validateCommand } from "../../../src/cli/validate.ts";
import { loadInventory } from "../../../src/inventory/loadInventory.ts";
import { ProvisionError } from "../../../src/model/diagnostic.ts";
import { fakeIo } from "./fakeIo.ts";

let cwd = "";
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "verbs-"));
});
afterEach(() => rm(cwd, { recursive: true }));

/** Runs a verb as main does: the exit code, with diagnostics printed. */
async function run(verb: (io: CliIo, finish: (code: number) => void) => Command, io: CliIo, ...argv: string[]): Promise<number> {
  let code = -1;
  try {
    await verb(io, (found) => {
      code = found;
    }).parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    printDiagnostics(io, error.diagnostics, { json: argv.includes("--json") });
    return error.exitCode;
  }
}

const load = (path: string) => loadInventory(path, { cwd, home: "/home/ada" });

describe("init", () => {
  it("writes an inventory from flags that loads to what was said", async () => {
    const io = fakeIo(cwd);
    const code = await run(
      initCommand,
      io,
      "--name",
      "rack-4",
      "--control-plane",
      "cp-1=192.0.2.11",
      "--worker",
      "192.0.2.21",
      "--user",
      "ops",
      "--identity-file",
      "~/.ssh/id",
      "--mirror",
      "https://m.example",
    );
    expect([code, io.out(), io.err()]).toEqual([
      0,
      "wrote inventories/rack-4/cluster.yaml\nnext: provision plan -i inventories/rack-4/cluster.yaml\n",
      "",
    ]);
    const { cluster, warnings } = await load("rack-4");
    expect(warnings).toEqual([]);
    expect(cluster).toMatchObject({
      name: "rack-4",
      kubernetes: { version: "1.36.4" },
      artifacts: { from: "mirror", url: "https://m.example" },
    });
    expect(cluster.nodes.map(({ name, address, roles, ssh }) => [name, address, roles, ssh.user, ssh.identityFile])).toEqual([
      ["cp-1", "192.0.2.11", ["control-plane"], "ops", "/home/ada/.ssh/id"],
      ["w-1", "192.0.2.21", ["worker"], "ops", "/home/ada/.ssh/id"],
    ]);
  });

  it("without workers lets the control plane work, and keeps strange names out of the YAML", async () => {
    expect(
      await run(
        initCommand,
        fakeIo(cwd),
        "--name",
        "007",
        "--control-plane",
        "true=192.0.2.1",
        "--identity-file",
        "k: {y",
        "--output",
        "x.yaml",
      ),
    ).toBe(0);
    const { cluster } = await load("x.yaml");
    expect(cluster.nodes[0]).toMatchObject({
      name: "true",
      roles: ["control-plane", "worker"],
      ssh: { identityFile: join(cwd, "k: {y") },
    });
    expect(cluster.name).toBe("007");
  });

  it("asks on a terminal", async () => {
    const io = fakeIo(cwd, ["", "192.0.2.1, 192.0.2.2 192.0.2.3", "db=192.0.2.9", "", ""]);
    expect(await run(initCommand, io)).toBe(0);
    expect(io.asked).toHaveLength(5);
    const { cluster } = await load("cluster");
    expect(cluster.nodes.map((node) => node.name)).toEqual(["cp-1", "cp-2", "cp-3", "db"]);
  });

  it("does not overwrite, unless told to", async () => {
    const argv = ["--control-plane", "cp=192.0.2.1", "--output", "c.yaml"];
    await writeFile(join(cwd, "c.yaml"), "mine");
    const io = fakeIo(cwd);
    expect(await run(initCommand, io, ...argv)).toBe(3);
    expect(io.err()).toBe("error: c.yaml is there already\n  hint: choose another --output, or overwrite it with --force\n");
    expect(await readFile(join(cwd, "c.yaml"), "utf8")).toBe("mine");
    expect(await run(initCommand, fakeIo(cwd), ...argv, "--force")).toBe(0);
    expect((await load("c.yaml")).cluster.name).toBe("cluster");
  });

  it("writes nothing that would not load", async () => {
    const io = fakeIo(cwd);
    expect(await run(initCommand, io, "--control-plane", "cp=192.0.2.300", "--kubernetes", "1.30.1", "--output", "c.yaml")).toBe(
      3,
    );
    expect(io.err()).toBe('error: nodes[0].address: "192.0.2.300" is not an IPv4 address (a DNS name can stand in ssh.host)\n');
    await expect(readFile(join(cwd, "c.yaml"))).rejects.toThrow("ENOENT");
  });

  it("says what is missing where nobody can be asked", async () => {
    const io = fakeIo(cwd);
    expect(await run(initCommand, io)).toBe(3);
    expect(io.err()).toContain("error: no control plane is named\n  hint: say --control-plane name=address");
  });
});

describe("validate", () => {
  it("says in one line what the inventory is", async () => {
    await run(initCommand, fakeIo(cwd), "--control-plane", "192.0.2.1", "--worker", "192.0.2.2", "--output", "cluster.yaml");
    const io = fakeIo(cwd);
    expect(await run(validateCommand, io)).toBe(0);
    expect(io.out()).toBe(
      "ok: cluster, 2 nodes (1 control plane), Kubernetes 1.36.4, containerd 2.3.4, flannel 0.28.9, kube-proxy nftables\n",
    );
  });

  it("shows every mistake with its line", async () => {
    await writeFile(
      join(cwd, "c.yaml"),
      "apiVersion: provision/v1\nname: a\nkubernetes: {version: 1.36}\nnodes:\n\t\n  - {name: cp, adress: 192.0.2.1}\n".replace(
        "\t\n",
        "",
      ),
    );
    const io = fakeIo(cwd);
    expect(await run(validateCommand, io, "-i", "c.yaml")).toBe(3);
    expect(io.err()).toBe(
      [
        "error: c.yaml:3:23: kubernetes.version must be text, but 1.36 is a number",
        "  | kubernetes: {version: 1.36}",
        "  |                       ^",
        '  hint: quote it: "1.36"',
        "error: c.yaml:5:16: nodes[0].adress: unknown field",
        "  |   - {name: cp, adress: 192.0.2.1}",
        "  |                ^",
        '  hint: did you mean "address"?',
        "",
      ].join("\n"),
    );
  });

  it("speaks JSON", async () => {
    await writeFile(join(cwd, "c.yaml"), "name: [");
    const io = fakeIo(cwd);
    expect(await run(validateCommand, io, "-i", "c.yaml", "--json")).toBe(3);
    expect(JSON.parse(io.out())).toMatchObject({
      ok: false,
      diagnostics: [{ severity: "error", code: "inventory/yaml", place: { file: "c.yaml", line: 1 } }],
    });
    expect(io.err()).toBe("");
  });

  it("makes control characters of a file harmless", async () => {
    await writeFile(join(cwd, "c.yaml"), "name: \u001b[2Jx\nnodes: 1\n");
    const io = fakeIo(cwd);
    expect(await run(validateCommand, io, "-i", "c.yaml")).toBe(3);
    expect(io.err()).not.toContain("\u001b");
  });
});
