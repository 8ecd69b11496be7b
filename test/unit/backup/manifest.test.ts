import { expect, test } from "vitest";
import { type BackupManifest, readManifest, savedAs } from "../../../src/backup/manifest.ts";
import { refusals } from "../../../src/backup/refusals.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { sampleManifest } from "./sampleManifest.ts";

const problemOf = (edit: (manifest: Record<string, unknown>) => void): string => {
  const manifest = structuredClone(sampleManifest()) as unknown as Record<string, unknown>;
  edit(manifest);
  const read = readManifest(JSON.stringify(manifest));
  return "problem" in read ? read.problem : "";
};
const withPath = (path: string): string =>
  problemOf((manifest) => {
    (manifest.files as { path: string }[])[0] = { ...(manifest.files as { path: string }[])[0], path } as never;
  });

test("a manifest as backup writes it is understood, and comes back the same", () => {
  const read = readManifest(JSON.stringify(sampleManifest()));
  expect(read).toEqual({ manifest: sampleManifest() });
});

test.each([
  "../../etc/passwd",
  "/etc/shadow",
  "etcd/../../x",
  "nodes/..",
  "nodes/./x",
  ".hidden",
  "nodes//files.tar",
  "nodes/cp-1/",
  "a\0b",
  "a\nb",
  "a\\..\\b",
  "C:/x",
  "nodes/cp 1",
  `${"a/".repeat(9)}b`,
  "",
])("a path that could lead elsewhere is refused: %j", (path) => {
  expect(withPath(path)).toMatch(/not a path inside the backup/);
});

test.each<[string, (manifest: Record<string, unknown>) => void, RegExp]>([
  ["a field nobody knows", (one) => Object.assign(one, { extra: 1 }), /extra/],
  ["another format", (one) => Object.assign(one, { format: "provision-backup/v2" }), /format/],
  ["no files", (one) => Object.assign(one, { files: [] }), /files/],
  ["the same file twice", (one) => (one.files as unknown[]).push((one.files as unknown[])[0]), /twice/],
  ["a digest that is none", (one) => Object.assign((one.files as object[])[0] as object, { sha256: "zz" }), /SHA-256/],
  ["a size below nothing", (one) => Object.assign((one.files as object[])[0] as object, { size: -1 }), /size/],
  ["a time that is none", (one) => Object.assign(one, { at: "yesterday" }), /at/],
  ["a node name with a terminal's escape", (one) => Object.assign(one, { nodes: ["\u001b[2Jw-1"] }), /plain name/],
  ["no control plane", (one) => Object.assign(one, { controlPlanes: [] }), /controlPlanes/],
  ["a revision that is no number", (one) => Object.assign(one.etcd as object, { revision: "1" }), /revision/],
])("%s is refused", (_what, edit, problem) => {
  expect(problemOf(edit)).toMatch(problem);
});

test("what is no JSON, or no object, is refused in words", () => {
  expect(readManifest("{")).toEqual({ problem: "it is not JSON" });
  for (const text of ["null", "[]", "3", '"x"']) expect(readManifest(text)).toHaveProperty("problem");
});

test("a file is found by its name, encrypted or not", () => {
  const plain = sampleManifest();
  const first = plain.files[0] as BackupManifest["files"][number];
  expect(savedAs(plain, "etcd/snapshot.db")).toBe(first);
  expect(savedAs({ ...plain, files: [{ ...first, path: "etcd/snapshot.db.age" }] }, "etcd/snapshot.db")?.path).toMatch(/age$/);
  expect(savedAs(plain, "etcd/other")).toBeUndefined();
});

test("a backup of this cluster and this version can be put back", () => {
  expect(refusals(sampleManifest(), sampleCluster())).toEqual([]);
});

test.each<[string, Partial<BackupManifest>, string, string]>([
  ["restore/other-cluster", { cluster: "prod" }, "", "prod"],
  ["restore/other-version", { kubernetes: "1.35.4" }, "", "set kubernetes.version: 1.35.4"],
  ["restore/encryption-off", {}, "security: {encryptSecrets: false}", "encryptSecrets: true"],
  ["restore/incomplete", { etcd: { ...sampleManifest().etcd, member: "cp-9" } }, "", "nodes/cp-9/files.tar"],
])("%s is told with what to do", (code, change, extra, words) => {
  const found = refusals({ ...sampleManifest(), ...change }, sampleCluster({ extra }));
  expect(found.map((one) => one.code)).toEqual([code]);
  expect(JSON.stringify(found)).toContain(words);
});
