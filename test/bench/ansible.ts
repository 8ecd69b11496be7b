import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "zx";
import type { NodeSpec } from "../../src/model/cluster.ts";
import type { NodePython } from "./nodePython.ts";

const quiet = $({ verbose: false, quiet: true });

export interface AnsibleWay {
  readonly label: string;
  readonly module: "command" | "raw";
  /** Modules go over the connection's stdin instead of being copied first; off by default, for sudo with requiretty. */
  readonly pipelining: boolean;
}

export const ansibleWays: readonly AnsibleWay[] = [
  { label: "Ansible, command", module: "command", pipelining: false },
  { label: "Ansible, command, pipelining on", module: "command", pipelining: true },
  { label: "Ansible, raw", module: "raw", pipelining: true },
];

/** Installs Debian's ansible-core when there is none. */
export async function ensureAnsible(say: (line: string) => void): Promise<string> {
  if (!existsSync("/usr/bin/ansible-playbook")) {
    say("installing ansible-core");
    await quiet({
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    })`apt-get -qq install --yes --no-install-recommends ansible-core`;
  }
  return (await quiet`ansible-playbook --version`).stdout.split("\n")[0] ?? "";
}

/** Wall clock of one playbook with `count` tasks on that node, from start to exit, in milliseconds. */
export async function ansibleTime(
  node: NodeSpec,
  python: NodePython,
  way: AnsibleWay,
  command: string,
  count: number,
): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), "provision-bench-"));
  try {
    const ssh = [
      "-o",
      `UserKnownHostsFile=${node.ssh.knownHosts}`,
      "-o",
      "StrictHostKeyChecking=yes",
      "-o",
      "ControlMaster=auto",
      "-o",
      "ControlPersist=60s",
    ];
    const host = {
      ansible_host: node.ssh.host,
      ansible_port: node.ssh.port,
      ansible_user: node.ssh.user,
      ansible_python_interpreter: python.interpreter,
      ansible_remote_tmp: python.scratch,
      ...(node.ssh.identityFile === null ? {} : { ansible_ssh_private_key_file: node.ssh.identityFile }),
    };
    const task = way.module === "raw" ? { raw: command } : { command };
    const play = {
      hosts: "all",
      gather_facts: false,
      tasks: Array.from({ length: count }, () => ({ ...task, changed_when: false })),
    };
    // Both are YAML, of which JSON is a part.
    await writeFile(join(dir, "hosts.yaml"), JSON.stringify({ all: { hosts: { [node.name]: host } } }));
    await writeFile(join(dir, "play.yaml"), JSON.stringify([play]));
    const env = {
      ...process.env,
      ANSIBLE_NOCOLOR: "1",
      ANSIBLE_PIPELINING: String(way.pipelining),
      ANSIBLE_SSH_ARGS: ssh.join(" "),
      // A connection of its own for every run: what an earlier one left open would flatter this one.
      ANSIBLE_SSH_CONTROL_PATH_DIR: join(dir, "cp"),
      ANSIBLE_LOCAL_TEMP: join(dir, "tmp"),
    };
    const start = performance.now();
    await quiet({ env, cwd: dir })`ansible-playbook -i hosts.yaml play.yaml`;
    return performance.now() - start;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
