import { z } from "zod";

/** Names of ours alone: no absolute path, no "..", nothing hidden, nothing a shell or a terminal would take for something else. */
const safePath = z.string().regex(/^[a-z0-9][A-Za-z0-9._-]{0,80}(\/[a-z0-9][A-Za-z0-9._-]{0,80}){0,3}$/, {
  error: "is not a path inside the backup",
});
const digest = z.string().regex(/^[0-9a-f]{64}$/, { error: "is not a SHA-256" });
const count = z.int().min(0);
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,200}$/, { error: "is not a plain name" });

const savedFile = z.strictObject({
  path: safePath,
  /** As it lies in the folder, encrypted or not. */
  size: count,
  sha256: digest,
  /** As it was on the node. The same as above where nothing is encrypted. */
  plainSize: count,
  plainSha256: digest,
});
export type SavedFile = z.infer<typeof savedFile>;

const manifest = z
  .strictObject({
    format: z.literal("provision-backup/v1"),
    cluster: word,
    run: word,
    /** ISO 8601 UTC: when the snapshot of etcd was begun. */
    at: z.iso.datetime(),
    /** As the live cluster says, without a v. */
    kubernetes: z.string().regex(/^\d+\.\d+\.\d+$/),
    /** age recipients; empty: not encrypted. */
    recipients: z.array(z.string().regex(/^age1[a-z0-9]{1,4000}$/)),
    /** Secrets lie encrypted in etcd: without the key among the control planes' files they cannot be read. */
    secretsEncrypted: z.boolean(),
    controlPlanes: z.array(z.strictObject({ name: word, address: word })).min(1),
    nodes: z.array(word).min(1),
    /** Nodes of the inventory that did not answer: their files are not in here. */
    missing: z.array(word),
    etcd: z.strictObject({
      /** The control plane whose member it was taken from. */
      member: word,
      image: word,
      /** etcdutl's hash of the contents. */
      hash: count,
      revision: count,
      /** Keys alive, as counted in the throw-away etcd that was started from the snapshot. */
      keys: count,
    }),
    files: z.array(savedFile).min(1).max(10_000),
  })
  .superRefine(({ files }, context) => {
    const seen = new Set<string>();
    for (const { path } of files) {
      if (seen.has(path)) context.addIssue({ code: "custom", path: ["files"], message: `names ${path} twice` });
      seen.add(path);
    }
  });

/** What a backup holds, as its manifest.json says it. */
export type BackupManifest = z.infer<typeof manifest>;

export const manifestName = "manifest.json";
/** Names inside the folder, without the ending that encrypted files have. */
export const snapshotPath = "etcd/snapshot.db";
export const nodeFilesPath = (node: string): string => `nodes/${node}/files.tar`;
export const nodeStatePath = (node: string): string => `nodes/${node}/state.txt`;
export const clusterPath = (name: string): string => `cluster/${name}.yaml`;

export type ReadManifest = { readonly manifest: BackupManifest } | { readonly problem: string };

/** Reads manifest.json, which may have been written by anybody. */
export function readManifest(text: string): ReadManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "it is not JSON" };
  }
  const parsed = manifest.safeParse(value);
  return parsed.success ? { manifest: parsed.data } : { problem: z.prettifyError(parsed.error).slice(0, 600) };
}

/** The file saved under `path`, encrypted or not. */
export const savedAs = ({ files }: BackupManifest, path: string): SavedFile | undefined =>
  files.find((file) => file.path === path || file.path === `${path}.age`);
