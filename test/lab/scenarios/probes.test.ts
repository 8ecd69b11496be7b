import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Catalog } from "../../../src/artifacts/catalog.ts";
import { type Fact, type FactSpec, type FactValues, readFacts } from "../../../src/facts/fact.ts";
import { lookScript, readLook } from "../../../src/facts/lookScript.ts";
import { linkTypes, nftParts, type Tried } from "../../../src/kernel/evidence.ts";
import { bpfProbe } from "../../../src/kernel/probes/bpfProbe.ts";
import { linkProbe } from "../../../src/kernel/probes/linkProbe.ts";
import { nftProbe } from "../../../src/kernel/probes/nftProbe.ts";
import { deepHelper } from "../../../src/preflight/deepHelper.ts";
import { mirrorRoot } from "../catalog.ts";
import { differences, takeSnapshot } from "../snapshot.ts";
import { Scenario } from "./scenario.ts";

/** What the probes find on the machine the labs run on, whose kernel has no modules, and that they leave nothing there. */
let it: Scenario;
beforeAll(async () => {
  it = await Scenario.open("probes", { controlPlanes: 1, workers: 0 });
});
afterAll(() => it?.close());

async function look<S extends FactSpec>(spec: S): Promise<FactValues<S>> {
  const facts: readonly Fact<unknown>[] = Object.values(spec);
  const stdout = await it.on("cp-1", lookScript(facts, "nonce-of-the-lab").text);
  return readFacts(spec, readLook(facts, "nonce-of-the-lab", `${stdout}\n`));
}

const outcomes = (probe: ReadonlyMap<string, Tried>): Record<string, string> =>
  Object.fromEntries([...probe].map(([what, { outcome }]) => [what, outcome]));

describe("probes by doing", () => {
  test("say what this kernel does, in every family, and leave nothing behind", async () => {
    const before = await takeSnapshot(it.lab, "cp-1");
    const { nft, asked, links, bpf } = await look({
      nft: nftProbe(["ip", "ip6", "inet"], false),
      asked: nftProbe(["ip"], true),
      links: linkProbe(linkTypes, false),
      bpf: bpfProbe({ deepHelper: null }),
    });
    const config = await it.on("cp-1", "zcat /proc/config.gz | grep ^CONFIG_");
    const has = (option: string) => new RegExp(`^CONFIG_${option}=y$`, "m").test(config);

    expect(nft).toMatchObject({ version: expect.stringMatching(/^1\.0\.\d+$/), json: true });
    expect(outcomes(nft.parts)).toEqual(
      Object.fromEntries(
        nftParts.map((part) => [part, part !== "flowtable" || has("NF_FLOW_TABLE") ? "accepted" : "refused"] as const),
      ),
    );
    expect(asked).toEqual(nft);
    expect(outcomes(links)).toEqual(
      Object.fromEntries(
        linkTypes.map((type) => [type, has(type === "ipip" ? "NET_IPIP" : type.toUpperCase()) ? "accepted" : "refused"]),
      ),
    );
    expect(outcomes(links)).toMatchObject({ vxlan: "accepted", veth: "accepted", bridge: "accepted", wireguard: "refused" });
    // bpf_jit_enable is shown in the first network namespace alone
    expect(bpf).toEqual({ bpffs: "writable", jit: null, unprivileged: expect.stringMatching(/^[012]$/), deep: null });
    expect(differences(before, await takeSnapshot(it.lab, "cp-1"))).toEqual([]);
  });

  test("the mirror's bpftool runs from where it is brought to, answers, and is gone after", async () => {
    const before = await takeSnapshot(it.lab, "cp-1");
    const catalog = JSON.parse(readFileSync(join(mirrorRoot(), "catalog.json"), "utf8")) as Catalog;
    const { found } = deepHelper(catalog, "linux/amd64");
    if (found === undefined) throw new Error("the mirror has no bpftool");
    const { file, folder, program, remove } = found;
    await it.on("cp-1", `mkdir -p ${folder} && curl -fsS ${it.lab.mirrorUrl}/${file.url} | tar -xz -C ${folder}`);
    const { bpf } = await look({ bpf: bpfProbe({ deepHelper: program }) });
    expect(bpf.deep?.programTypes.get("sched_cls")).toBe(true);
    expect(bpf.deep?.programTypes.size).toBeGreaterThan(20);
    expect(bpf.deep?.mapTypes.get("lpm_trie")).toBe(true);
    await it.on("cp-1", remove.text);
    expect(differences(before, await takeSnapshot(it.lab, "cp-1"))).toEqual([]);
  });

  test("what is missing or hidden is told", async () => {
    await it.on("cp-1", "umount /sys/fs/bpf");
    expect(await look({ bpf: bpfProbe({ deepHelper: null }) })).toMatchObject({ bpf: { bpffs: "not-mounted" } });
    await it.on("cp-1", "mount -t bpf -o ro bpf /sys/fs/bpf");
    expect(await look({ bpf: bpfProbe({ deepHelper: null }) })).toMatchObject({ bpf: { bpffs: "read-only" } });
    await it.on(
      "cp-1",
      "mount -o remount,rw /sys/fs/bpf; mv /usr/sbin/nft /usr/sbin/nft.hidden; mv /usr/bin/unshare /usr/bin/unshare.hidden",
    );
    const hidden = await look({ nft: nftProbe(["ip"], false), links: linkProbe(["vxlan"], false) });
    expect(hidden.links.get("vxlan")).toEqual({ outcome: "not-possible", why: "unshare of util-linux is not on the machine" });
    await it.on("cp-1", "mv /usr/bin/unshare.hidden /usr/bin/unshare");
    expect(await look({ nft: nftProbe(["ip"], false) })).toEqual({ nft: { version: null, json: false, parts: new Map() } });
    await it.on("cp-1", "mv /usr/sbin/nft.hidden /usr/sbin/nft");
  });
});
