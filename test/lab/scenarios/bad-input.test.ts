import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Catalog } from "../../../src/artifacts/catalog.ts";
import { mirrorRoot } from "../catalog.ts";
import { controllerAddress } from "../naming.ts";
import { differences, type Snapshot, takeSnapshot } from "../snapshot.ts";
import { type Inventory, Scenario } from "./scenario.ts";

/** What a person or a machine gets wrong: one clear message each, exit code 3, and nothing is changed on any machine. */
let it: Scenario;
beforeAll(async () => {
  it = await Scenario.open("s4", { controlPlanes: 1, workers: 2 });
  it.inventory();
});
afterAll(() => it?.close());

const look = (): Promise<readonly Snapshot[]> => Promise.all(it.lab.nodes.map(({ name }) => takeSnapshot(it.lab, name)));
/** As read by a person: line breaks of the layout do not matter. */
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

/** Runs `up --yes`, which must end with 3 and leave every machine as it is; what it told. */
async function refused(): Promise<string> {
  const before = await look();
  const { stdout, stderr } = await it.expectRun(3, ["up", "--yes"]);
  const after = await look();
  expect(after.flatMap((snapshot, index) => differences(before[index] ?? new Map(), snapshot))).toEqual([]);
  return flat(`${stdout} ${stderr}`);
}

test("machines that cannot be nodes are told all at once: unreachable, another cluster's, already a node", async () => {
  it.inventory((inventory) => {
    const dead = `${it.lab.node("cp-1").address.replace(/\.\d+$/, "")}.99`;
    inventory.nodes.push({ name: "w-9", address: dead, roles: ["worker"] });
  });
  await it.on("w-1", "mkdir -p /var/lib/provision && echo rack-9 > /var/lib/provision/claim");
  await it.on("w-2", "mkdir -p /etc/kubernetes && touch /etc/kubernetes/kubelet.conf");
  const told = await refused();
  await it.on("w-1", "rm -r /var/lib/provision");
  await it.on("w-2", "rm -r /etc/kubernetes");
  expect(told).toMatch(/w-9 \S+ port 22/);
  expect(told).toContain("the machine belongs to cluster rack-9");
  expect(told).toContain("the machine already runs a cluster or a container runtime of another hand");
  expect(told).toContain("/etc/kubernetes/kubelet.conf");
  expect(told).toMatch(/Blocked: \d+ reasons; nothing was changed\./);
  for (const node of ["w-1", "w-2", "w-9"]) expect(told).toContain(node);
});

describe("disks", () => {
  test("too little room is seen before anything is done", async () => {
    it.inventory();
    await it.on("w-1", "mount -t tmpfs -o size=64m tmpfs /var/lib");
    const told = await refused();
    expect(told).toContain("3000 MB must be free under /var/lib");
    await it.on("w-1", "umount /var/lib");
  });

  test("a disk that fills in the middle fails the step and tells which node", async () => {
    it.inventory((inventory) => {
      inventory.nodes = inventory.nodes.filter((node) => node.name === "cp-1");
    });
    await it.on("cp-1", "mkdir -p /opt/provision && mount -t tmpfs -o size=48m tmpfs /opt/provision");
    const { stdout } = await it.expectRun(1, ["up", "--yes"]);
    await it.on("cp-1", "umount /opt/provision && rm -rf /opt/provision");
    expect(flat(stdout)).toMatch(/cp-1 (containerd|kubernetes)\/store the node could not write \/opt\/provision\/store\//);
    // What df says of that disk; how full it still is depends on which of the other downloads have cleared up by then.
    expect(stdout).toMatch(/tmpfs\s+48M .*% \/opt\/provision/);
    expect(stdout).toContain("is that disk full?");
    await it.expectRun(0, ["reset", "--confirm", "s4"]);
  });
});

describe("artifacts", () => {
  const catalog = (): Catalog => JSON.parse(readFileSync(join(mirrorRoot(), "catalog.json"), "utf8"));
  const files = new Map<string, Buffer>();
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? "";
      const body = files.get(path) ?? readFileSync(join(mirrorRoot(), path));
      response.writeHead(200, { "content-length": body.length }).end(body);
    });
    await new Promise<void>((listening) => server.listen(0, controllerAddress(it.lab.identity), listening));
    url = `http://${controllerAddress(it.lab.identity)}:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server?.close());
  const from = (more: Record<string, unknown>) => (inventory: Inventory) => {
    inventory.artifacts = { ...(inventory.artifacts as object), url, catalog: `${url}/catalog.json`, ...more };
  };

  test("a catalog that is not the one the inventory names", async () => {
    const [right, changed] = [Buffer.from(JSON.stringify(catalog())), Buffer.from(JSON.stringify(catalog(), null, 1))];
    files.set("/catalog.json", changed);
    it.inventory(from({ catalogSha256: createHash("sha256").update(right).digest("hex") }));
    expect(await refused()).toContain("does not have the digest the inventory asks for");
  });

  test("a file that is not what the catalog says", async () => {
    const { files: listed } = catalog();
    const runc = listed.find((file) => file.name === "runc");
    files.set("/catalog.json", Buffer.from(JSON.stringify(catalog())));
    const path = `/${runc?.url}`;
    const whole = readFileSync(join(mirrorRoot(), path));
    whole[whole.length - 1] = (whole.at(-1) ?? 0) ^ 1;
    files.set(path, whole);
    it.inventory(from({ delivery: "controller" }));
    const cache = { XDG_CACHE_HOME: join(it.folder, "cache") }; // an empty one: else the right file is there already
    const before = await look();
    const { stdout, stderr } = await it.expectRun(3, ["up", "--yes"], cache);
    const told = flat(`${stdout} ${stderr}`);
    expect(told).toContain(path);
    expect(told).toContain(runc?.sha256);
    expect((await look()).flatMap((after, index) => differences(before[index] ?? new Map(), after))).toEqual([]);
  });

  test("a file that is not what the catalog says, fetched by the nodes: one of them reads it first", async () => {
    it.inventory(from({ delivery: "node" }));
    const told = await refused();
    expect(told).toContain("/runc is not what the catalog says");
    expect(told).toMatch(/sha256 [0-9a-f]{64} instead of [0-9a-f]{64}/);
  });

  test("a version the catalog does not have, and a mirror that does not answer", async () => {
    files.set("/catalog.json", Buffer.from(JSON.stringify({ ...catalog(), kubernetes: {}, files: [] })));
    it.inventory(from({}));
    const told = await refused();
    expect(told).toContain("is not in the artifact catalog");
    it.inventory(from({ catalog: `http://${controllerAddress(it.lab.identity)}:9/catalog.json` }));
    expect(await refused()).toContain(":9/catalog.json");
  });
});

test("an inventory with several mistakes: each with its line, no machine is asked", async () => {
  const good = readFileSync(it.inventory(), "utf8");
  writeFileSync(
    join(it.folder, "cluster.yaml"),
    good
      .replace("kubeProxy:", "kubeproxy:")
      .replace("pods: 10.244.0.0/16", "pods: 10.244.0.0/99")
      .replace("name: w-2", "name: w-1"),
  );
  const { stderr } = await it.expectRun(3, ["up", "--yes"]);
  expect(stderr).toMatch(/cluster\.yaml:\d+:\d+: .*kubeproxy/);
  expect(stderr).toContain("kubeProxy");
  expect(stderr).toMatch(/cluster\.yaml:\d+:\d+: .*10\.244\.0\.0\/99/);
});
