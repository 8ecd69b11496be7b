import { createHash } from "node:crypto";
import { z } from "zod";
import { jsonOrNull } from "../model/jsonOrNull.ts";

/** What an image is, from its own manifest and configuration. */
export interface ImageContent {
  /** Digest of its configuration: what a container runtime calls the image's ID. */
  readonly config: string;
  /** Chain ID of all its layers (OCI image-spec, config.md). */
  readonly layers: string;
  /** "65532", "nobody", "1000:1000"; "": root. */
  readonly user: string;
  /** ISO 8601; null: it does not say. */
  readonly created: string | null;
}

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const manifest = z.object({ config: z.object({ digest }) });
const index = z.object({
  manifests: z.array(z.object({ digest, platform: z.object({ architecture: z.string(), os: z.string() }).optional() })),
});
const configuration = z.object({
  created: z.string().optional(),
  config: z.object({ User: z.string().optional() }).nullish(),
  rootfs: z.object({ diff_ids: z.array(digest).min(1) }),
});

/** The image behind the digest of a manifest or an index for linux/amd64; null when the machine does not have all of it. */
export function imageContent(blobs: ReadonlyMap<string, Uint8Array>, of: string): ImageContent | null {
  const json = (key: string): unknown => {
    const bytes = blobs.get(key);
    return bytes === undefined ? null : jsonOrNull(new TextDecoder().decode(bytes));
  };
  const top = json(of);
  const many = index.safeParse(top);
  const own = many.success
    ? many.data.manifests
        .filter(({ platform }) => platform === undefined || (platform.os === "linux" && platform.architecture === "amd64"))
        .map((one) => json(one.digest))
    : [top];
  for (const one of own) {
    const parsed = manifest.safeParse(one);
    if (!parsed.success) continue;
    const { digest: config } = parsed.data.config;
    const said = configuration.safeParse(json(config));
    if (!said.success) continue;
    return {
      config,
      layers: chainOf(said.data.rootfs.diff_ids),
      user: said.data.config?.User ?? "",
      created: said.data.created ?? null,
    };
  }
  return null;
}

const chainOf = ([first = "", ...rest]: readonly string[]): string =>
  rest.reduce((chain, layer) => `sha256:${createHash("sha256").update(`${chain} ${layer}`).digest("hex")}`, first);
