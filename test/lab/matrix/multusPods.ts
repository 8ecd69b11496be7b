import { expect } from "vitest";
import type { Inventory, Scenario } from "../scenarios/scenario.ts";
import { waitFor } from "../waitFor.ts";

/** Networks of macvlan on the machines' own interface, one a node, so that host-local gives no address twice. */
const subnet = "10.99.0";
const networkOf = (node: string): string => `lan-${node}`;
const shareOf = (index: number) => ({ rangeStart: `${subnet}.${index * 50 + 10}`, rangeEnd: `${subnet}.${index * 50 + 49}` });

/** `network.multus` with an attachment for every node, in an inventory; `more` are further fields of it. */
export const withMultus =
  (it: Scenario, more: Readonly<Record<string, unknown>> = {}) =>
  (inventory: Inventory): void => {
    const attachments = it.lab.nodes.map(({ name }, index) => ({
      name: networkOf(name),
      config: { type: "macvlan", mode: "bridge", ipam: { type: "host-local", subnet: `${subnet}.0/24`, ...shareOf(index) } },
    }));
    inventory.network = { ...inventory.network, multus: { attachments, memory: "128Mi", ...more } };
  };

/** In words of a shell; busybox' own wget, linked without a C library's files, does not survive an address. */
const asking = (address: string): string => `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 3 ${address} 8080`;

/** Asks every other pod over the second interface again and again, and writes down what was not answered. */
const talks = `mkdir -p /www; hostname >/www/index.html; : >/peers; busybox httpd -p 8080 -h /www
while :; do for a in $(busybox cat /peers); do
  if ${asking("$a")} | busybox grep -q "200 OK"; then n=$((n + 1)); else echo "lost $a"; fi
done; echo "asked \${n:-0}"; sleep 0.5; done`;

const pod = (name: string, node: string, command: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    namespace: "default",
    labels: { kind: name.split("-")[0] },
    annotations: { "k8s.v1.cni.cncf.io/networks": networkOf(node) },
  },
  spec: {
    nodeName: node,
    terminationGracePeriodSeconds: 0,
    tolerations: [{ operator: "Exists" }],
    containers: [{ name: "pod", image: "docker.io/library/busybox:1.36", command: ["/bin/busybox", "sh", "-c", command] }],
  },
});

/** Pods with a second interface, one on each node, that ask each other over it all the time. */
export class MultusPods {
  readonly #it: Scenario;
  #before = "";
  #counted = { lost: 0, asked: 0 };
  readonly addresses = new Map<string, string>();

  constructor(it: Scenario) {
    this.#it = it;
  }

  get #nodes(): readonly string[] {
    return this.#it.lab.nodes.map(({ name }) => name);
  }

  async start(): Promise<void> {
    await this.#it.kubectl("delete pods -l kind=work --timeout=60s");
    await this.apply(this.#nodes.map((name) => pod(`work-${name}`, name, talks)));
    await this.#ready("work");
    for (const [name, address] of await this.#second("work")) this.addresses.set(name, address);
    expect([...this.addresses.keys()]).toEqual(this.#nodes.map((name) => `work-${name}`));
    for (const [name, own] of this.addresses) {
      const others = [...this.addresses.values()].filter((address) => address !== own);
      await this.#it.kubectl(`exec ${name} -- busybox sh -c 'echo ${others.join(" ")} >/peers'`);
    }
    this.#before = await this.#identity();
    await this.allPairs();
    this.#counted = await this.#count();
  }

  /** They are the same pods as at first, none started anew, and every one reaches every other over the second interface. */
  async expectUnmoved(): Promise<void> {
    expect(await this.#identity()).toBe(this.#before);
    expect(await this.#second("work")).toEqual(this.addresses);
    await this.allPairs();
  }

  /** How often one was asked over the second interface since this was asked last, and how often without an answer. */
  async since(): Promise<{ readonly lost: number; readonly asked: number }> {
    const before = this.#counted;
    this.#counted = await this.#count();
    return { lost: this.#counted.lost - before.lost, asked: this.#counted.asked - before.asked };
  }

  /** Pods made now get a second interface on every node, and go again. */
  async expectFresh(make = (pods: readonly object[]) => this.apply(pods)): Promise<void> {
    await make(this.#nodes.map((name) => pod(`fresh-${name}`, name, "sleep 100000")));
    await this.#ready("fresh");
    const second = await this.#second("fresh");
    expect([...second.keys()]).toEqual(this.#nodes.map((name) => `fresh-${name}`));
    expect([...second.values()].every((address) => address.startsWith(`${subnet}.`))).toBe(true);
    for (const name of second.keys()) for (const to of this.addresses.values()) await this.#ask(name, to);
    await this.#it.kubectl("delete pods -l kind=fresh --timeout=60s");
  }

  async allPairs(): Promise<void> {
    for (const from of this.addresses.keys())
      for (const [to, address] of this.addresses) if (to !== from) expect(await this.#ask(from, address)).toBe(to);
  }

  /** The name of the pod that answers. */
  #ask(from: string, address: string): Promise<string> {
    return this.#it.kubectl(`exec ${from} -- busybox sh -c "${asking(address)}" | tail -n 1`);
  }

  async #count(): Promise<{ readonly lost: number; readonly asked: number }> {
    let [lost, asked] = [0, 0];
    for (const name of this.addresses.keys()) {
      const text = await this.#it.kubectl(`logs ${name}`);
      asked += Number([...text.matchAll(/^asked (\d+)$/gm)].at(-1)?.[1] ?? 0);
      lost += text.match(/^lost /gm)?.length ?? 0;
    }
    return { lost, asked: asked + lost };
  }

  async apply(items: readonly object[]): Promise<void> {
    await this.#it.kubectl(`apply -f - <<'END'\n${JSON.stringify({ apiVersion: "v1", kind: "List", items })}\nEND`);
  }

  async #ready(kind: string): Promise<void> {
    await this.#it.kubectl(`wait pods -l kind=${kind} --for=condition=Ready --timeout=180s`);
  }

  /** Pod -> its address on net1, asked inside: Multus does not write it down when it has not heard of the pod yet. */
  async #second(kind: string): Promise<ReadonlyMap<string, string>> {
    const names = (await this.#it.kubectl(`get pods -l kind=${kind} -o jsonpath='{.items[*].metadata.name}'`)).split(" ");
    const found = new Map<string, string>();
    for (const name of names) {
      const told = await this.#it.kubectl(`exec ${name} -- ip -o -4 addr show net1`);
      found.set(name, / inet ([\d.]+)\//.exec(told)?.[1] ?? "none");
    }
    return found;
  }

  #identity(): Promise<string> {
    return this.#it.kubectl(
      "get pods -l kind=work -o jsonpath='{range .items[*]}{.metadata.uid} {.status.podIP} {.status.containerStatuses[0].restartCount}{\"\\n\"}{end}'",
    );
  }

  /** Names of the pods whose names begin so, waited for until none is left. */
  async gone(kind: string): Promise<void> {
    await waitFor(`pods ${kind}`, { intervalMs: 1000, deadlineMs: 120_000 }, async () => {
      const left = await this.#it.kubectl(`get pods -l kind=${kind} -o name`);
      return left === "" ? null : left.replaceAll("\n", " ");
    });
  }

  /** So many pods on a node, each deleted while its interfaces are made. */
  async deletedWhileMade(node: string, count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      await this.apply([pod(`brief-${index}`, node, "sleep 100000")]);
      await this.#it.kubectl(`delete pod brief-${index} --wait=false --grace-period=0`);
    }
    await this.gone("brief");
  }
}
