import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Catalog } from "../../../src/artifacts/catalog.ts";
import { lookAndPlan } from "../../../src/cli/lookAndPlan.ts";
import { prepare } from "../../../src/cli/prepare.ts";
import { processIo } from "../../../src/cli/processIo.ts";
import type { FactReplies } from "../../../src/facts/fact.ts";
import { catalog } from "./sample.ts";

/**
 * Writes fixtures/<node>.json and fixtures/cluster.json from a converged cluster, read-only: `npx tsx test/unit/roles/captureFixtures.ts lab`, then `npm run fix`.
 * From machines that nothing was done to it writes what os/host asked of them, in fixtures/fresh-<node>.json.
 * Texts of files are left out (the tests put in what the roles write), of the API's answers only what the facts read is kept, and
 * digests are those of the tests' own catalog: two builds of one version differ.
 */
const folder = join(import.meta.dirname, "fixtures");
const wantedNodes = ["cp-1", "w-1"];

/** "file 644 root:root\n<digest>  -\n<base64>" without digest and text. */
const withoutText = (key: string, stdout: string): string =>
  key.startsWith("file ") && stdout.startsWith("file ") ? `${stdout.split("\n")[0]}\n` : stdout;

/** Digests of files the unit started with are put in by the tests too. */
const withoutRecord = (key: string, stdout: string): string =>
  key.startsWith("unit ") ? stdout.replaceAll(/^[0-9a-f]{64} {2}/gm, "<sha256>  ") : stdout;

type Json = Record<string, unknown>;
const pick = (from: unknown, keys: readonly string[]): Json =>
  Object.fromEntries(keys.flatMap((key) => ((from as Json)[key] === undefined ? [] : [[key, (from as Json)[key]]])));

function slimItem(item: Json): Json {
  const status = pick(item.status, [
    "observedGeneration",
    "desiredNumberScheduled",
    "numberReady",
    "updatedNumberScheduled",
    "availableReplicas",
    "replicas",
    "addresses",
    "nodeInfo",
  ]);
  const conditions = ((item.status as Json).conditions as Json[] | undefined)?.map((one) =>
    pick(one, ["type", "status", "reason", "message"]),
  );
  return {
    kind: item.kind,
    metadata: pick(item.metadata, ["name", "namespace", "labels", "annotations", "generation"]),
    spec: pick(item.spec, ["taints", "unschedulable", "replicas", "signerName", "username"]),
    status: { ...status, ...(conditions === undefined ? {} : { conditions }) },
  };
}

function slimKube(stdout: string): string {
  if (!stdout.trimStart().startsWith("{")) return stdout;
  const value = JSON.parse(stdout) as Json;
  if (Array.isArray(value.items)) return JSON.stringify({ ...value, items: (value.items as Json[]).map(slimItem) });
  return JSON.stringify({ ...value, metadata: pick(value.metadata, ["name", "namespace"]) });
}

/** Digest of a build -> digest of the same version in the tests' catalog. */
const digestsOf = (real: Catalog): readonly (readonly [string, string])[] => [
  ...catalog.files.flatMap((file) => {
    const built = real.files.find(
      (one) => one.name === file.name && one.version === file.version && one.platform === file.platform,
    );
    return built === undefined ? [] : [[built.sha256.slice(0, 12), file.sha256.slice(0, 12)] as const];
  }),
  ...catalog.images.flatMap((image) => {
    const digest = real.images.find((one) => one.ref === image.ref)?.digest;
    return digest == null ? [] : [[digest, image.digest ?? ""] as const];
  }),
];

const write = (name: string, replies: FactReplies, slim: (key: string, stdout: string) => string): void => {
  const entries = [...replies].map(([key, { code, stdout }]) => [key, { code, stdout: slim(key, stdout) }] as const);
  const known = digestsOf(prepared.target.catalog);
  // Of a kernel's name only the version says something.
  const text = JSON.stringify(Object.fromEntries(entries), null, 1).replaceAll(/(\d+\.\d+\.\d+)-[a-z]+-[\w.-]+/g, "$1");
  writeFileSync(join(folder, `${name}.json`), `${known.reduce((all, [from, to]) => all.replaceAll(from, to), text)}\n`);
};

const prepared = await prepare(processIo(process, process.env.HOME ?? "/"), { inventory: process.argv[2] ?? "lab" });
try {
  const { facts } = await lookAndPlan(prepared);
  const isFresh = facts.api === "none";
  const asked = prepared.instances.filter(({ step }) => step.id === "os/host");
  for (const { node, step } of isFresh ? asked : []) {
    if (node === null || step.scope !== "node" || !wantedNodes.includes(node.name)) continue;
    const keys = new Set(Object.values(step.facts({ ...prepared.target, node })).map(({ key }) => key));
    const own = new Map([...(facts.nodes.get(node.name) ?? [])].filter(([key]) => key !== "host" && keys.has(key)));
    write(`fresh-${node.name}`, own, (_key, stdout) => stdout);
  }
  for (const [name, replies] of isFresh ? [] : facts.nodes)
    if (wantedNodes.includes(name)) write(name, replies, (key, stdout) => withoutRecord(key, withoutText(key, stdout)));
  if (facts.kube !== null) write("cluster", facts.kube, (_key, stdout) => slimKube(stdout));
} finally {
  await prepared.close();
}
