import { makeConnect } from "../../src/host/connect.ts";
import type { Connect } from "../../src/host/host.ts";
import type { ClusterSpec, NodeSpec } from "../../src/model/cluster.ts";
import { ansibleTime, ansibleWays, ensureAnsible } from "./ansible.ts";
import { ensureNodePython, type NodePython } from "./nodePython.ts";

export interface Timing {
  readonly label: string;
  /** Milliseconds from nothing to the last answer, login included. */
  readonly whole: number;
  /** Milliseconds one more command costs. */
  readonly each: number;
}

const count = 50;
const command = "cat /proc/uptime";

/** The same 50 commands, one after the other, on the same node with the same key: this tool's host layer and Ansible's ways, in turns. */
export async function benchCommands(
  cluster: ClusterSpec,
  node: NodeSpec,
  say: (line: string) => void,
): Promise<readonly Timing[]> {
  const ansible = await ensureAnsible(say);
  const connect = connectTo(cluster);
  const host = await connect(node.name);
  let python: NodePython | undefined;
  try {
    python = await ensureNodePython(host);
    say(`${count} commands on ${node.name}, against ${ansible}`);
    const ours = [await timeOurs(connect, node)];
    const theirs: Timing[] = [];
    for (const way of ansibleWays) {
      say(`running ${way.label}`);
      const one = await ansibleTime(node, python, way, command, 1);
      const whole = await ansibleTime(node, python, way, command, count);
      theirs.push({ label: way.label, whole, each: (whole - one) / (count - 1) });
      ours.push(await timeOurs(connect, node));
    }
    return [median(ours), ...theirs];
  } finally {
    await python?.remove();
    await host.close();
  }
}

function connectTo(cluster: ClusterSpec): Connect {
  const agentSocket = process.env.SSH_AUTH_SOCK;
  const agent = agentSocket === undefined ? {} : { agentSocket };
  return makeConnect(cluster, { acceptNewHostKeys: false, env: process.env, ...agent });
}

async function timeOurs(connect: Connect, node: NodeSpec): Promise<Timing> {
  const start = performance.now();
  const host = await connect(node.name);
  try {
    await host.run(command);
    const first = performance.now();
    for (let left = count - 1; left > 0; left--) {
      const { code, stderr } = await host.run(command);
      if (code !== 0) throw new Error(`${command} on ${node.name}: exit ${code}, ${stderr}`);
    }
    const end = performance.now();
    return { label: "provision", whole: end - start, each: (end - first) / (count - 1) };
  } finally {
    await host.close();
  }
}

const median = (timings: readonly Timing[]): Timing =>
  [...timings].sort((a, b) => a.whole - b.whole)[Math.floor(timings.length / 2)] as Timing;
