import { createHash } from "node:crypto";
import { z } from "zod";
import { ProvisionError } from "../model/diagnostic.ts";
import { imageDigest, imageRef } from "./catalogSchema.ts";
import { type Fetch, get, HttpError, httpDiagnostic, readBody } from "./http.ts";

export interface ResolveOptions {
  readonly fetch: Fetch;
  /** Base URL of a registry that is asked instead of the reference's own, e.g. "http://mirror.example:5000". */
  readonly registry?: string | undefined;
  readonly signal?: AbortSignal;
}

/** OCI image-spec and Docker's names for one image and for an index over platforms; the index is what a tag means on all platforms. */
const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** OCI distribution-spec: registries may refuse manifests above 4 MiB. */
const maxManifest = 4 * 1024 * 1024;
const maxToken = 64 * 1024;

/**
 * "sha256:…" of what a tag names today, over the manifest's own bytes. Anonymous: a token is fetched where the registry asks for one.
 * Rejects with ProvisionError (exit 3) or the signal's reason.
 */
export async function resolveDigest(ref: string, options: ResolveOptions): Promise<string> {
  const image = parseRef(ref);
  const base = (options.registry ?? `https://${image.host}`).replace(/\/$/, "");
  const url = `${base}/v2/${image.path}/manifests/${image.tag}`;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  try {
    const request = { fetch: options.fetch, headers: { accept }, ...signal };
    let response = await get(url, { ...request, accept: [401] });
    if (response.status === 401) {
      await response.body?.cancel();
      const token = await anonymousToken(response, url, options);
      response = await get(url, { ...request, headers: { accept, authorization: `Bearer ${token}` } });
    }
    const digest = `sha256:${createHash("sha256")
      .update(await readBody(response, url, maxManifest, options.signal))
      .digest("hex")}`;
    const claimed = imageDigest.safeParse(response.headers.get("docker-content-digest"));
    if (claimed.success && claimed.data !== digest)
      throw refused(ref, url, `the registry says ${claimed.data}, the manifest it sent is ${digest}`);
    return digest;
  } catch (error) {
    if (error instanceof HttpError)
      throw new ProvisionError([httpDiagnostic(error, "image/unresolved", `the digest of image ${ref}`)], 3);
    throw error;
  }
}

/** "docker.io" is a name, not a host. */
const hosts: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" };

function parseRef(ref: string): { host: string; path: string; tag: string } {
  const parsed = imageRef.safeParse(ref);
  if (!parsed.success) throw refused(ref, "", "the reference is not registry/path:tag");
  const slash = ref.indexOf("/");
  const colon = ref.lastIndexOf(":");
  const name = ref.slice(0, slash);
  return { host: hosts[name] ?? name, path: ref.slice(slash + 1, colon), tag: ref.slice(colon + 1) };
}

const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** The token service a 401 names (distribution-spec's token authentication), asked without credentials. */
async function anonymousToken(challenge: Response, url: string, options: ResolveOptions): Promise<string> {
  const parameters = bearerParameters(challenge.headers.get("www-authenticate") ?? "");
  const realm = parameters.get("realm");
  if (realm === undefined || !URL.canParse(realm)) {
    throw new HttpError("status", url, "HTTP 401 without a way to get an anonymous token", { status: 401 });
  }
  const target = new URL(realm);
  for (const name of ["service", "scope"]) {
    const value = parameters.get(name);
    if (value !== undefined) target.searchParams.set(name, value);
  }
  const response = await get(target.href, {
    fetch: options.fetch,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const body = await readBody(response, target.href, maxToken, options.signal);
  const answer = tokenAnswer.safeParse(jsonOf(body));
  const token = answer.success ? (answer.data.token ?? answer.data.access_token) : undefined;
  // RFC 6750's token characters: nothing else may reach a header.
  if (token === undefined || !/^[A-Za-z0-9._~+/=-]+$/.test(token)) {
    throw new HttpError("status", target.href, "the token service sent no token", { status: response.status });
  }
  return token;
}

/** `Bearer realm="…",service="…",scope="…"`; empty for any other scheme. */
function bearerParameters(header: string): Map<string, string> {
  const list = /^Bearer +(.*)$/i.exec(header)?.[1] ?? "";
  return new Map([...list.matchAll(/([a-z_]+)="([^"]*)"/gi)].map(([, name = "", value = ""]) => [name.toLowerCase(), value]));
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

const refused = (ref: string, url: string, seen: string): ProvisionError =>
  new ProvisionError(
    [
      {
        severity: "error",
        code: "image/unresolved",
        message: `the digest of image ${ref} cannot be told`,
        place: url === "" ? {} : { file: url },
        seen,
        hint: "write the reference in full, or ask another registry",
      },
    ],
    3,
  );
