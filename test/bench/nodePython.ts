import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "zx";
import type { Host } from "../../src/host/host.ts";

const folder = "/var/tmp/provision-bench-python";
const scratch = `${folder}.tmp`;
const wrapper = `#!/bin/sh
export PYTHONHOME=${folder}/usr PYTHONDONTWRITEBYTECODE=1
exec ${folder}/usr/bin/python3 "$@"
`;

export interface NodePython {
  /** Where Ansible may leave its files on the node, instead of the login user's home; absolute. */
  readonly scratch: string;
  /** Absolute path on the node. */
  readonly interpreter: string;
  remove(): Promise<void>;
}

/**
 * The Python that Ansible's modules need on a node, which this tool does not. A node without one gets this machine's (same distribution
 * and release) for as long as the bench runs; its compiled files travel along, so that Ansible does not pay for compiling them.
 */
export async function ensureNodePython(host: Host): Promise<NodePython> {
  const remove = async () => void (await host.run(`rm -rf ${folder} ${folder}.*`));
  const there = await host.run("command -v python3");
  if (there.code === 0) return { interpreter: there.stdout.trim(), scratch, remove };
  const dir = await mkdtemp(join(tmpdir(), "provision-bench-"));
  try {
    const archive = join(dir, "python.tar");
    await $({
      quiet: true,
    })`tar -chf ${archive} --exclude=test --exclude=dist-packages -C / usr/bin/python3 ${await libraryFolder()}`;
    const sha256 = createHash("sha256")
      .update(await readFile(archive))
      .digest("hex");
    await host.put(`${folder}.tar`, { kind: "file", file: archive, sha256 });
    await host.put(`${folder}.sh`, { kind: "bytes", bytes: Buffer.from(wrapper) }, { mode: "0755" });
    const unpacked = await host.run(
      `mkdir -p ${folder} && tar -xf ${folder}.tar -C ${folder} && rm ${folder}.tar && ${folder}.sh -c 'import json, hashlib, zipfile'`,
    );
    if (unpacked.code !== 0) throw new Error(`this machine's Python does not run on ${host.name}: ${unpacked.stderr.trim()}`);
  } finally {
    await rm(dir, { recursive: true });
  }
  return { interpreter: `${folder}.sh`, scratch, remove };
}

/** "usr/lib/python3.11" */
async function libraryFolder(): Promise<string> {
  const { stdout } = await $({ quiet: true })`/usr/bin/python3 -c ${"import sysconfig; print(sysconfig.get_path('stdlib'))"}`;
  return stdout.trim().slice(1);
}
