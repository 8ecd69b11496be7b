import type { BackupManifest } from "../../../src/backup/manifest.ts";

const file = (path: string): BackupManifest["files"][number] => ({
  path,
  size: 10,
  sha256: "a".repeat(64),
  plainSize: 10,
  plainSha256: "a".repeat(64),
});

/** A manifest as `provision backup` writes it, for the sample cluster. */
export const sampleManifest = (): BackupManifest => ({
  format: "provision-backup/v1",
  cluster: "sample",
  run: "20260102T030405Z-1a2b",
  at: "2026-01-02T03:04:05.678Z",
  kubernetes: "1.36.4",
  recipients: [],
  secretsEncrypted: true,
  controlPlanes: [{ name: "cp-1", address: "10.77.0.11" }],
  nodes: ["cp-1", "w-1"],
  missing: [],
  etcd: { member: "cp-1", image: "registry.k8s.io/etcd:3.6.8-0", hash: 1, revision: 1721, keys: 453 },
  files: ["etcd/snapshot.db", "nodes/cp-1/files.tar", "nodes/cp-1/state.txt"].map(file),
});
