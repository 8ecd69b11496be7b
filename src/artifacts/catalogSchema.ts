import { z } from "zod";
import type { Catalog } from "./catalog.ts";

/** A name that is safe as part of a path on a node. */
const pathPart = z.string().regex(/^[0-9A-Za-z][0-9A-Za-z._+-]*$/, "must be letters, digits and . _ + - only");
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits");
export const imageDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be "sha256:" and 64 lower-case hex digits');
/** <registry>/<path>:<tag>; a reference that leaves the registry or the tag to a default means different images on different machines. */
export const imageRef = z
  .string()
  .regex(
    /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+|localhost)(?::\d+)?(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)+:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
    "must be a full reference: registry/path:tag",
  );

const version = pathPart.regex(/^(?!v\d)/, "must be written without a leading v");
const member = z
  .string()
  .refine((path) => /^[^/\0]/.test(path) && !path.split("/").includes(".."), "must be a relative path inside the archive");

export const fileArtifactSchema = z.strictObject({
  name: pathPart,
  version,
  platform: z.enum(["linux/amd64", "linux/arm64", "any"]),
  url: z.string().min(1),
  sha256: sha256Hex,
  format: z.enum(["binary", "tar.gz", "text", "chart"]),
  members: z.record(member, pathPart).optional(),
});

/** A mirror's catalog. Every image has a digest: only the built-in catalog may leave that to `provision images lock`. */
export const catalogSchema = z
  .strictObject({
    apiVersion: z.literal("provision/catalog/v1"),
    files: z.array(fileArtifactSchema),
    images: z.array(z.strictObject({ ref: imageRef, digest: imageDigest })),
    kubernetes: z.record(
      z.string().regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/, "must be a version such as 1.36.4"),
      z.strictObject({ etcd: z.string().min(1), coredns: z.string().min(1), pause: z.string().min(1), crictl: version }),
    ),
    proxyImage: imageRef,
  })
  .superRefine((catalog, context) => {
    const report = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    repeated(catalog.files, (file) => `${file.name} ${file.version} ${file.platform}`).forEach(([index, key]) => {
      report(["files", index], `${key} is listed twice`);
    });
    repeated(catalog.images, (image) => image.ref).forEach(([index, key]) => {
      report(["images", index], `${key} is listed twice`);
    });
    catalog.files.forEach((file, index) => {
      if (file.members !== undefined && file.format !== "tar.gz")
        report(["files", index, "members"], `only a tar.gz has members, this is ${file.format}`);
    });
    if (!catalog.images.some((image) => image.ref === catalog.proxyImage))
      report(["proxyImage"], `${catalog.proxyImage} is not listed in images`);
  });

/** One line per problem: "files[3].sha256: must be …". */
export const describeIssues = (error: z.ZodError): string[] =>
  error.issues.map((issue) => {
    const path = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
    return `${path.replace(/^\./, "") || "(top level)"}: ${issue.message}`;
  });

/** Items whose key was seen before, with their index. */
const repeated = <T>(items: readonly T[], keyOf: (item: T) => string): [number, string][] => {
  const seen = new Set<string>();
  return items.flatMap((item, index): [number, string][] => {
    const key = keyOf(item);
    if (seen.has(key)) return [[index, key]];
    seen.add(key);
    return [];
  });
};

// The parsed value is the contract's type: a difference between the two fails to compile here.
export const asCatalog = (parsed: z.infer<typeof catalogSchema>): Catalog => ({
  ...parsed,
  files: parsed.files.map(({ members, ...file }) => (members === undefined ? file : { ...file, members })),
});
