import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { FactError } from "../../../src/facts/fact.ts";
import { judgeImages } from "../../../src/images/judgeImages.ts";
import { parseNodeImages } from "../../../src/images/nodeImages.ts";
import type { WantedImage } from "../../../src/images/wantedImages.ts";

const sha = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const base64 = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64");
const blob = (text: string): string => `blob ${sha(text).slice(7)} ${base64(text)}`;

/** An image of one or two layers with all that containerd keeps of it. */
function image(name: string, layers: readonly string[] = [name]) {
  const ids = layers.map(sha);
  const config = JSON.stringify({ created: "2026-05-11T00:00:00Z", config: { User: name }, rootfs: { diff_ids: ids } });
  const manifest = JSON.stringify({ config: { digest: sha(config) }, layers: [] });
  const [first = "", second] = ids;
  return {
    digest: sha(manifest),
    config: sha(config),
    chain: second === undefined ? first : sha(`${first} ${second}`),
    lines: [blob(config), blob(manifest)],
  };
}

const good = image("good", ["base", "good"]);
const other = image("other");
const ref = "docker.io/rancher/hardened-flannel:v0.28.4-build20260511";
const repository = ref.slice(0, ref.lastIndexOf(":"));
const wanted = [{ ref, digest: good.digest }] as unknown as WantedImage[];
const elf = Buffer.alloc(200);
elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
elf.writeBigUInt64LE(64n, 32);
elf.writeUInt16LE(56, 54);
elf.writeUInt16LE(2, 56);

interface Machine {
  /** What the container's files are of, and what its settings are of. */
  readonly files?: typeof good;
  readonly settings?: typeof good;
  readonly asked?: string;
  /** containerd's names. */
  readonly names?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly more?: readonly string[];
}

function machine({ files = good, settings = files, asked, names = {}, annotations, more = [] }: Machine = {}): string {
  const held = { [ref]: good.digest, "docker.io/evil/x:1": other.digest, ...names };
  const cri = {
    containers: [
      {
        id: "c1",
        podSandboxId: "p1",
        metadata: { name: "kube-flannel", attempt: 1 },
        image: { image: settings.config, userSpecifiedImage: asked ?? `${ref}@${good.digest}` },
        state: "CONTAINER_RUNNING",
      },
      {
        id: "c0",
        podSandboxId: "p1",
        metadata: { name: "kube-flannel", attempt: 0 },
        image: { image: other.config, userSpecifiedImage: "docker.io/old:1" },
        state: "CONTAINER_EXITED",
      },
    ],
  };
  const pods = {
    items: [
      {
        id: "p1",
        metadata: { name: "kube-flannel-ds-x", namespace: "kube-flannel", uid: "u1" },
        state: "SANDBOX_READY",
        labels: {},
        annotations: annotations ?? { "provision/digest": "abc" },
      },
    ],
  };
  return [
    ...Object.entries(held).map(([name, digest]) => `image k8s.io ${name} ${digest}`),
    `container k8s.io c1 ${ref}`,
    "container k8s.io c0 docker.io/old:1",
    `snapshot k8s.io c1 ${files.chain}`,
    `snapshot k8s.io c0 ${other.chain}`,
    "task k8s.io c1 42 RUNNING",
    `cri-containers ${base64(cri)}`,
    `cri-pods ${base64(pods)}`,
    ...good.lines,
    ...other.lines,
    `process 42 0 0000000000003000 0 2 ro host own -,/bin/sh,/bin/busybox ${base64("/opt/bin/flanneld\n")} ${elf.toString("base64")}`,
    ...more,
    "end",
    "",
  ].join("\n");
}

const judged = (of: Machine, api: Parameters<typeof judgeImages>[3] = null) =>
  judgeImages("w-1", parseNodeImages(0, machine(of)), wanted, api);
const problems = (of: Machine): readonly string[] => {
  const { used, problems: others } = judged(of);
  return [...used.flatMap(({ problem }) => problem ?? []), ...others];
};

describe("what a container really runs", () => {
  test("is the inventory's, and how it runs is measured; attempts before the last are history", () => {
    const { used, problems: none } = judged({});
    expect(none).toEqual([]);
    expect(used).toMatchObject([
      {
        pod: "kube-flannel/kube-flannel-ds-x",
        container: "kube-flannel",
        ours: true,
        wanted: good.digest,
        runs: [good.digest],
        problem: null,
        content: { user: "good", created: "2026-05-11T00:00:00Z" },
        posture: {
          uid: 0,
          capabilities: ["net_admin", "net_raw"],
          readOnlyRoot: true,
          hostNetwork: true,
          hostPid: false,
          shells: ["/bin/sh", "/bin/busybox"],
          program: "/opt/bin/flanneld",
          linking: "static",
        },
      },
    ]);
  });

  test("another image behind the right name, started since: files and settings tell", () => {
    const tampered = { files: other, names: { [ref]: other.digest, [`${repository}@${good.digest}`]: other.digest } };
    expect(problems(tampered)).toEqual([
      `it runs ${other.digest.slice(0, 19)}, the inventory has ${good.digest.slice(0, 19)}`,
      expect.stringContaining(`name ${ref} leads to ${other.digest.slice(0, 19)}`),
      expect.stringContaining(`name ${repository}@${good.digest} leads to`),
    ]);
  });

  test("files of one image with the settings of another", () => {
    expect(problems({ files: good, settings: other })).toEqual(["its files are of one image, its settings of another"]);
  });

  test("an image that is no longer there cannot be told", () => {
    expect(problems({ files: image("gone") })[0]).toMatch(/no image that is what it runs/);
  });

  test.each([
    ["another digest than the inventory's", `${ref}@${other.digest}`],
    ["another tag", `${repository}:v0.28.5-build20260604`],
    ["another repository", "docker.io/evil/x:1"],
  ])("a pod of this tool that asks for %s", (_, asked) => {
    expect(problems({ asked })).toEqual([expect.stringContaining("is no image of the inventory")]);
  });

  test("the API tells another digest than the machine runs", () => {
    const api = new Map([["u1 kube-flannel", { init: false, digest: other.digest, privileged: false }]]);
    expect(judged({}, api).used[0]?.problem).toMatch(/^the API has/);
  });

  test("pods of others are told apart, whatever they run", () => {
    expect(judged({ files: other, asked: "docker.io/evil/x:1", annotations: {} }).used).toMatchObject([
      { ours: false, problem: null, runs: [other.digest] },
    ]);
  });

  test("a manifest whose content is not what its name says is none, and is told", () => {
    const { problems: told } = judged({ more: [`blob ${"a".repeat(64)} ${base64("{}")}`] });
    expect(told).toEqual([`the content of sha256:${"a".repeat(64)} is another one`]);
  });
});

describe("answers that are not to be trusted", () => {
  test.each([
    ["cut off", machine().replace(/end\n$/, "")],
    ["no JSON", machine().replace(/^cri-pods .*$/m, `cri-pods ${base64("{")}`)],
    ["of a containerd that is too slow", machine({ more: ["silent k8s.io containers ls"] })],
    ["no process", machine().replace("process 42 0 ", "process 42 root ")],
  ])("%s", (_, text) => {
    expect(() => parseNodeImages(0, text)).toThrow(FactError);
  });
});
