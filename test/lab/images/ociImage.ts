import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sha256 } from "../cache.ts";
import { sh } from "../shell.ts";

/**
 * A tar as it is; or files by their path in the image ("/usr/local/bin/etcd" -> file here), texts (executable with a #! line) and symbolic links;
 * or empty folders that anybody may write in.
 */
export type Layer =
  | { readonly tar: string }
  | {
      readonly files?: Readonly<Record<string, string>>;
      readonly texts?: Readonly<Record<string, string>>;
      readonly links?: Readonly<Record<string, string>>;
    }
  | { readonly open: readonly string[] };

export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  /** Instead of the usual PATH alone. */
  readonly Env?: readonly string[];
}

export interface OciImage {
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const MEDIA = "application/vnd.oci.image";

function putJson(layout: string, mediaType: string, value: unknown): Descriptor {
  const text = JSON.stringify(value);
  const hex = createHash("sha256").update(text).digest("hex");
  writeFileSync(join(layout, "blobs/sha256", hex), text);
  return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
}

async function layerTar(layer: Layer, work: string, index: number): Promise<string> {
  if ("tar" in layer) return layer.tar;
  const tree = join(work, `layer-${index}`);
  const place = (path: string) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true, mode: 0o755 });
    return join(tree, path);
  };
  if ("open" in layer) for (const path of layer.open) mkdirSync(join(tree, path), { recursive: true });
  else {
    // copies: a hard link would change the file's ctime while another image is made of it, and tar fails on that
    for (const [path, source] of Object.entries(layer.files ?? {})) copyFileSync(source, place(path));
    for (const [path, text] of Object.entries(layer.texts ?? {}))
      writeFileSync(place(path), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
    for (const [path, target] of Object.entries(layer.links ?? {})) symlinkSync(target, place(path));
  }
  const options = [
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    `--mode=${"open" in layer ? "1777" : "u+rwX,go+rX,go-w"}`,
    "--hard-dereference",
  ];
  const what = "open" in layer ? layer.open.map((path) => path.slice(1)) : ["."]; // else the root itself would be open
  await sh`tar ${options} -C ${tree} -cf ${`${tree}.tar`} ${what}`;
  return `${tree}.tar`;
}

/** Writes an OCI layout with one image tagged "image"; the same input gives the same digest, which is returned ("sha256:…"). */
export async function writeOciLayout(image: OciImage, work: string, layout: string): Promise<string> {
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const layers: Descriptor[] = [];
  const diffIds: string[] = [];
  for (const [index, layer] of image.layers.entries()) {
    const tar = await layerTar(layer, work, index);
    const digest = (await sha256([tar]))[tar] ?? "";
    diffIds.push(`sha256:${digest}`);
    // Not compressed: the registry is on this machine, and unpacking is what a node would spend its time on.
    layers.push({ mediaType: `${MEDIA}.layer.v1.tar`, digest: `sha256:${digest}`, size: statSync(tar).size });
    copyFileSync(tar, join(layout, "blobs/sha256", digest));
  }
  const config = putJson(layout, `${MEDIA}.config.v1+json`, {
    created: "1970-01-01T00:00:00Z",
    architecture: "amd64",
    os: "linux",
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], ...image.config },
    rootfs: { type: "layers", diff_ids: diffIds },
  });
  const manifest = putJson(layout, `${MEDIA}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${MEDIA}.manifest.v1+json`,
    config,
    layers,
  });
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations: { "org.opencontainers.image.ref.name": "image" } }] };
  writeFileSync(join(layout, "index.json"), JSON.stringify(index));
  writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return manifest.digest;
}

/** "registry.k8s.io/etcd:3.6.8-0" -> "etcd:3.6.8-0": a mirror of every registry leaves the host out of the repository's name. */
export const repositoryAndTag = (ref: string): string => ref.slice(ref.indexOf("/") + 1);
