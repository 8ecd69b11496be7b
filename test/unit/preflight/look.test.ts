import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Checks, lookAtMachines } from "../../../src/cli/preflightLook.ts";
import type { Fact } from "../../../src/facts/fact.ts";
import { type Connect, HostError } from "../../../src/host/host.ts";
import { localHost } from "../../../src/host/localHost.ts";
import { sh } from "../../../src/host/sh.ts";
import { no, seen } from "../../../src/kernel/answer.ts";
import { type CheckTarget, check, fleetCheck } from "../../../src/preflight/check.ts";
import { Sessions } from "../../../src/run/sessions.ts";
import { sampleCluster } from "../sampleCluster.ts";

const cluster = sampleCluster();
const catalog = { files: [], images: [] } as unknown as CheckTarget["catalog"];
const targets = cluster.nodes.map((node): CheckTarget => ({ cluster, node, catalog, features: [], thorough: true }));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "provision-look-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lines = (path: string): Fact<readonly string[]> => ({
  key: `lines ${path}`,
  script: sh`ls ${path}`,
  parse: ({ stdout }) => stdout.split("\n").filter((line) => line !== ""),
});

/** Whether a file was lent, and how many there are over all machines. */
const checksIn = (path: string): Checks => ({
  node: [
    check({
      name: "host/lent",
      title: "lent",
      facts: () => ({ found: lines(path) }),
      judge: ({ facts: { found } }) => [
        { what: "lent", answer: found.length > 0 ? seen(found.join(", ")) : no("nothing is lent", "lend") },
      ],
    }),
  ],
  fleet: [fleetCheck({ name: "fleet/all", title: "all", facts: () => ({ found: lines(path) }), judge: () => new Map() })],
});

/** Every machine is this one, except those whose connection fails. */
const sessionsWith = (fails: (node: string) => boolean = () => false) => {
  const connect: Connect = async (name) => {
    if (fails(name)) throw new HostError("unreachable", name, `no answer from ${name}`, { hint: "is it on?" });
    return localHost(name);
  };
  return new Sessions(connect);
};

const short = (results: readonly { check: string; node: string; findings: readonly { answer: { says: string } }[] }[]) =>
  results.map(({ check: name, node, findings }) => `${node} ${name} ${findings[0]?.answer.says}`);

describe("one look at each machine", () => {
  test("gives every check's answer, in the machines' order", async () => {
    const { results, diagnostics } = await lookAtMachines(sessionsWith(), targets, checksIn(folder));
    expect(diagnostics).toEqual([]);
    expect(short(results)).toEqual([
      ...cluster.nodes.flatMap(({ name }) => [`${name} host/lent no`, `${name} host/clock yes`]),
      ...cluster.nodes.map(({ name }) => `${name} fleet/all yes`),
    ]);
  });

  test("tells of a machine that does not answer, and answers for the others", async () => {
    const { results, diagnostics } = await lookAtMachines(
      sessionsWith((node) => node === "w-1"),
      targets,
      checksIn(folder),
    );
    expect(diagnostics).toEqual([
      { severity: "error", code: "host/unreachable", message: "no answer from w-1", place: { node: "w-1" }, hint: "is it on?" },
    ]);
    expect([...new Set(results.map(({ node }) => node))]).toEqual(["cp-1", "w-2"]);
  });

  test("none begins once it was stopped", async () => {
    const stop = AbortSignal.abort();
    expect(await lookAtMachines(sessionsWith(), targets, checksIn(folder), { stop })).toEqual({ results: [], diagnostics: [] });
  });
});

describe("what is lent for a look", () => {
  const lend = (after: () => void = () => {}) => ({
    to: async (host: { run(script: string): Promise<unknown> }, target: CheckTarget) => {
      await host.run(sh`: >${join(folder, target.node.name)}`.text);
      after();
      return { target, warning: null };
    },
    takeAway: sh`rm -f ${folder}/*`,
  });
  const [first] = targets as [CheckTarget];

  test("is there while it lasts, and gone afterwards", async () => {
    const { results } = await lookAtMachines(sessionsWith(), [first], checksIn(folder), { bring: lend() });
    expect(short(results)[0]).toBe("cp-1 host/lent yes");
    expect(await readdir(folder)).toEqual([]);
  });

  test("is taken away when the connection is lost in the middle, too", async () => {
    const lost = (): never => {
      throw new HostError("lost", "cp-1", "the connection was lost");
    };
    const { diagnostics } = await lookAtMachines(sessionsWith(), [first], checksIn(folder), { bring: lend(lost) });
    expect(diagnostics.map(({ code }) => code)).toEqual(["host/lost"]);
    expect(await readdir(folder)).toEqual([]);
  });
});
