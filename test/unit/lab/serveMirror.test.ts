import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fileFor } from "../../lab/serveMirror.ts";

const parent = mkdtempSync(join(tmpdir(), "lab-mirror-"));
const root = join(parent, "mirror");
mkdirSync(join(root, "runc/1.3.6"), { recursive: true });
writeFileSync(join(root, "runc/1.3.6/runc"), "elf");
writeFileSync(join(root, ".hidden"), "");
writeFileSync(join(parent, "id_ed25519"), "secret");
symlinkSync(root, join(parent, "link"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe("fileFor", () => {
  it("is the file below the root", () => {
    expect(fileFor(root, "/runc/1.3.6/runc?x=1")).toBe(join(root, "runc/1.3.6/runc"));
    expect(fileFor(root, "/runc/./1.3.6/../1.3.6/runc")).toBe(join(root, "runc/1.3.6/runc"));
  });

  it("is nothing for folders, hidden files, and every way out of the root", () => {
    for (const path of [
      "/",
      "/runc",
      "/none",
      "/.hidden",
      "/../id_ed25519",
      "/%2e%2e/id_ed25519",
      "/..%2fid_ed25519",
      "runc",
      "/%00",
      "/%",
    ]) {
      expect(fileFor(root, path), path).toBeNull();
    }
  });
});
