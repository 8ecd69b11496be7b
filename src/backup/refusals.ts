import type { ClusterSpec } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { type BackupManifest, nodeFilesPath, savedAs, snapshotPath } from "./manifest.ts";

/** Why this backup cannot be put back as this inventory says; empty when it can. */
export function refusals(manifest: BackupManifest, cluster: ClusterSpec): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const refuse = (code: string, message: string, seen: string, hint: string): void =>
    void found.push({ severity: "error", code: `restore/${code}`, message, place: { file: cluster.source }, seen, hint });

  if (manifest.cluster !== cluster.name)
    refuse(
      "other-cluster",
      `the backup is of cluster ${manifest.cluster}, the inventory of ${cluster.name}`,
      manifest.cluster,
      "take the backup, or the inventory, of the same cluster",
    );
  if (manifest.kubernetes !== cluster.kubernetes.version)
    refuse(
      "other-version",
      "etcd's data is put back under the Kubernetes version it was taken from",
      `backup: ${manifest.kubernetes}, inventory: ${cluster.kubernetes.version}`,
      `set kubernetes.version: ${manifest.kubernetes}, restore, and upgrade after that`,
    );
  if (manifest.secretsEncrypted && !cluster.security.encryptSecrets)
    refuse(
      "encryption-off",
      "Secrets in the backup are encrypted, and the inventory turns that off: the API server could not read them",
      "security.encryptSecrets: false",
      "set security.encryptSecrets: true",
    );
  for (const path of [snapshotPath, nodeFilesPath(manifest.etcd.member)])
    if (savedAs(manifest, path) === undefined)
      refuse("incomplete", `the backup has no ${path}`, manifest.run, "take another backup");
  return found;
}
