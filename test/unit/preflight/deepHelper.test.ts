import { describe, expect, test } from "vitest";
import type { Catalog, FileArtifact } from "../../../src/artifacts/catalog.ts";
import { deepHelper } from "../../../src/preflight/deepHelper.ts";

const file = (version: string, platform: FileArtifact["platform"] = "linux/amd64"): FileArtifact => ({
  name: "bpftool",
  version,
  platform,
  url: `bpftool/${version}/bpftool.tar.gz`,
  sha256: "ab".repeat(32),
  format: "tar.gz",
});
const catalog = (...files: FileArtifact[]): Catalog => ({
  apiVersion: "provision/catalog/v1",
  files,
  images: [],
  kubernetes: {},
  proxyImage: "haproxy:1",
});

describe("the helper of the deep check", () => {
  test("the newest of the platform, in the store, where programs can be started", () => {
    const { found } = deepHelper(catalog(file("7.9.0"), file("7.10.0"), file("8.0.0", "linux/arm64")), "linux/amd64");
    expect(found).toMatchObject({
      file: { version: "7.10.0" },
      folder: "/opt/provision/store/bpftool-7.10.0-abababababab",
      program: "/opt/provision/store/bpftool-7.10.0-abababababab/bpftool",
    });
    expect(found?.remove.text).toBe(
      "rm -rf '/opt/provision/store/bpftool-7.10.0-abababababab' '/opt/provision/store/bpftool-7.10.0-abababababab.partial'; " +
        "rmdir '/opt/provision/store' '/opt/provision' 2>/dev/null || true",
    );
  });

  test("a catalog without it says so, and what to do", () => {
    const { missing } = deepHelper(catalog(file("7.1.0", "linux/arm64")), "linux/amd64");
    expect(missing).toMatchObject({
      code: "preflight/no-deep-helper",
      message: "--deep needs bpftool for linux/amd64, which is not in the artifact catalog",
    });
    expect(missing?.hint).toContain("leave out --deep");
  });
});
