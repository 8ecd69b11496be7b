import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BackupManifest } from "../../../src/backup/manifest.ts";
import { localHost } from "../../../src/host/localHost.ts";
import { ProvisionError } from "../../../src/model/diagnostic.ts";
import { fetchFile } from "../../../src/run/backupCarry.ts";
import { listBackups, removeOld, roomHere } from "../../../src/run/backupFolder.ts";
import { sealFor, type Through } from "../../../src/run/backupSeal.ts";
import { readBackup } from "../../../src/run/restoreRead.ts";
import { sendFile } from "../../../src/run/restoreSend.ts";
import { Sessions } from "../../../src/run/sessions.ts";
import { sampleManifest } from "../backup/sampleManifest.ts";

let folder: string;
let sessions: Sessions;
const asItIs: Through = async (input) => input;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backup-"));
  sessions = new Sessions(async (name) => localHost(name));
});
afterEach(async () => {
  await sessions.close();
  rmSync(folder, { recursive: true, force: true });
});
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** A backup of one snapshot with these bytes, as it lies on the controller. */
function madeBackup(bytes: Buffer, name = "20260102T030405Z-1a2b"): string {
  const path = join(folder, name);
  mkdirSync(join(path, "etcd"), { recursive: true });
  writeFileSync(join(path, "etcd", "snapshot.db"), bytes);
  const digest = { size: bytes.length, sha256: sha256(bytes), plainSize: bytes.length, plainSha256: sha256(bytes) };
  const manifest: BackupManifest = { ...sampleManifest(), files: [{ path: "etcd/snapshot.db", ...digest }] };
  writeFileSync(join(path, "manifest.json"), JSON.stringify(manifest));
  return path;
}
const codesOf = (error: unknown): unknown =>
  error instanceof ProvisionError ? [error.exitCode, ...error.diagnostics.map((one) => one.code)] : error;

describe("bringing a file here and back", () => {
  test.each([0, 1, 6 * 1024 * 1024, 6 * 1024 * 1024 + 7])(
    "%i bytes arrive as they were, owner-only",
    async (size) => {
      const bytes = randomBytes(size);
      writeFileSync(join(folder, "there"), bytes);
      const here = join(folder, "here");
      const { plain, stored } = await fetchFile(
        sessions,
        { node: "n", path: join(folder, "there") },
        { file: here, seal: asItIs },
      );
      expect(readFileSync(here).equals(bytes)).toBe(true);
      expect(statSync(here).mode & 0o777).toBe(0o600);
      expect(plain).toEqual({ size, sha256: sha256(bytes) });
      expect(stored).toEqual(plain);

      const backup = await readBackup(madeBackup(bytes));
      const back = join(folder, "sent", "back");
      await sendFile(sessions, backup, { path: "etcd/snapshot.db", open: asItIs }, { node: "n", path: back });
      expect(readFileSync(back).equals(bytes)).toBe(true);
    },
    30_000,
  );

  test("a file that is not there is told, and nothing is left here", async () => {
    const seal = await sealFor([]);
    const work = fetchFile(sessions, { node: "n", path: join(folder, "absent") }, { file: join(folder, "here"), seal });
    await expect(work).rejects.toMatchObject({ code: "backup/not-read" });
  });
});

describe("reading a backup before anything is done with it", () => {
  test("a whole one is read", async () => {
    const { manifest, id } = await readBackup(madeBackup(Buffer.from("data")));
    expect(manifest.etcd.revision).toBe(1721);
    expect(id).toMatch(/^[0-9a-f]{64}$/);
  });

  test("one changed byte, a missing file and a link out of the folder are refused", async () => {
    const path = madeBackup(Buffer.from("data"));
    const file = join(path, "etcd", "snapshot.db");
    writeFileSync(file, "dat4");
    expect(codesOf(await readBackup(path).catch((error: unknown) => error))).toEqual([3, "restore/wrong-digest"]);
    rmSync(file);
    expect(codesOf(await readBackup(path).catch((error: unknown) => error))).toEqual([3, "restore/no-file"]);
    writeFileSync(join(folder, "outside"), "data");
    symlinkSync(join(folder, "outside"), file);
    expect(codesOf(await readBackup(path).catch((error: unknown) => error))).toEqual([3, "restore/no-file"]);
  });

  test("a folder that is no backup is refused with what to do", async () => {
    const error = await readBackup(folder).catch((one: unknown) => one);
    expect(codesOf(error)).toEqual([3, "restore/no-manifest"]);
    expect(JSON.stringify((error as ProvisionError).diagnostics)).toContain("provision backup --list");
  });
});

test("the list shows the newest first and what is broken as such; old ones and half ones go", async () => {
  const names = ["20260101T000000Z-aaaa", "20260102T000000Z-bbbb", "20260103T000000Z-cccc"];
  for (const name of names) madeBackup(Buffer.from(name), name);
  writeFileSync(join(folder, names[1] ?? "", "manifest.json"), "{}");
  mkdirSync(join(folder, "20260101T000000Z-dddd.partial"));
  const listed = await listBackups(folder);
  expect(listed.map(({ manifest }) => manifest !== null)).toEqual([true, false, true]);
  expect(listed[0]?.folder).toMatch(/cccc$/);
  expect(await removeOld(join(folder, names[2] ?? ""), 2)).toEqual([names[0]]);
  expect((await listBackups(folder)).map((one) => one.folder.slice(-4))).toEqual(["cccc", "bbbb"]);
  expect(await listBackups(join(folder, "nowhere"))).toEqual([]);
});

test("a disk that is too small here, or a folder that is there, is told before anything is made", async () => {
  const to = join(folder, "new", "20260101T000000Z-aaaa");
  await expect(roomHere(to, 2 ** 60)).rejects.toMatchObject({
    code: "backup/no-room",
    message: expect.stringContaining("on this machine"),
  });
  await expect(roomHere(folder, 1)).rejects.toMatchObject({ code: "backup/exists" });
  await roomHere(to, 1);
  expect(statSync(join(folder, "new")).mode & 0o777).toBe(0o700);
});
