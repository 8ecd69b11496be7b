import { createHash } from "node:crypto";
import type { ArtifactSource } from "../model/cluster.ts";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import type { Catalog, FileArtifact } from "./catalog.ts";
import { asCatalog, catalogSchema, describeIssues } from "./catalogSchema.ts";
import { type Fetch, get, HttpError, httpDiagnostic, readBody, retrying } from "./http.ts";
import { readLock, withLock } from "./lockFile.ts";
import { officialCatalog } from "./officialCatalog.ts";

export interface LoadCatalogDeps {
  readonly fetch: Fetch;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** artifacts.lock.json beside the inventory, for the official catalog; there need not be one. */
  readonly lockFile?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds between the tries of a download. */
  readonly retryInterval?: number;
}

/** A catalog of every Kubernetes release there ever was stays far below this; more is not a catalog. */
const maxBytes = 10 * 1024 * 1024;
const tries = 3;

/**
 * The catalog an inventory names, with absolute file URLs. `catalog` is a URL or a path that is absolute already.
 * Rejects with ProvisionError (exit 3), every problem of the catalog listed at once.
 */
export async function loadCatalog(source: ArtifactSource, deps: LoadCatalogDeps): Promise<Catalog> {
  if (source.from === "official") {
    const lock = deps.lockFile === undefined ? null : await readLock(deps.lockFile, deps.readFile);
    return lock === null ? officialCatalog() : withLock(officialCatalog(), lock);
  }
  const bytes = await (/^https?:\/\//i.test(source.catalog) ? download(source.catalog, deps) : read(source.catalog, deps));
  if (bytes.length > maxBytes)
    throw refused(source.catalog, "catalog/too-big", "is larger than 10 MB", "this is not a catalog: check the URL or path");
  if (source.catalogSha256 !== null) checkDigest(source.catalog, bytes, source.catalogSha256);
  return resolveUrls(parse(source.catalog, bytes), source);
}

async function download(url: string, deps: LoadCatalogDeps): Promise<Uint8Array> {
  const signal = deps.signal === undefined ? {} : { signal: deps.signal };
  const attempt = async () => {
    const response = await get(url, { fetch: deps.fetch, ...signal });
    return await readBody(response, url, maxBytes, deps.signal);
  };
  try {
    return await retrying(attempt, { tries, interval: deps.retryInterval ?? 1000, ...signal });
  } catch (error) {
    if (error instanceof HttpError)
      throw new ProvisionError(
        [httpDiagnostic(error, error.kind === "too-big" ? "catalog/too-big" : "catalog/unreachable", "the artifact catalog")],
        3,
      );
    throw error;
  }
}

async function read(path: string, deps: LoadCatalogDeps): Promise<Uint8Array> {
  try {
    return await deps.readFile(path);
  } catch (error) {
    const seen = (error as NodeJS.ErrnoException).code;
    throw refused(
      path,
      "catalog/unreadable",
      "cannot be read",
      "check artifacts.catalog: a path is taken from the inventory's folder",
      seen,
    );
  }
}

function checkDigest(place: string, bytes: Uint8Array, expected: string): void {
  const seen = createHash("sha256").update(bytes).digest("hex");
  if (seen === expected) return;
  const hint = "if the mirror was updated on purpose, put the new digest into artifacts.catalogSha256";
  throw refused(
    place,
    "catalog/wrong-digest",
    `does not have the digest the inventory asks for, ${expected}`,
    hint,
    `sha256 ${seen}`,
  );
}

function parse(place: string, bytes: Uint8Array): Catalog {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw refused(
      place,
      "catalog/not-json",
      "is not JSON",
      "check that the URL or path is the catalog's own",
      (error as Error).message,
    );
  }
  const parsed = catalogSchema.safeParse(value);
  if (parsed.success) return asCatalog(parsed.data);
  throw invalid(place, describeIssues(parsed.error));
}

/** Relative URLs are taken from the mirror's `url`, as from a folder. */
function resolveUrls(catalog: Catalog, source: Extract<ArtifactSource, { from: "mirror" }>): Catalog {
  const base = source.url.endsWith("/") ? source.url : `${source.url}/`;
  const problems: string[] = [];
  const files = catalog.files.map((file, index): FileArtifact => {
    const url = URL.canParse(file.url, base) ? new URL(file.url, base) : undefined;
    const good = url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
    if (!good) problems.push(`files[${index}].url: must be http or https, or relative to ${base}, without a user or password`);
    return good ? { ...file, url: url.href } : file;
  });
  if (problems.length > 0) throw invalid(source.catalog, problems);
  return { ...catalog, files };
}

const invalid = (place: string, problems: readonly string[]): ProvisionError =>
  new ProvisionError(
    problems.map(
      (problem): Diagnostic => ({
        severity: "error",
        code: "catalog/invalid",
        message: `the artifact catalog is wrong: ${problem}`,
        place: { file: place },
      }),
    ),
    3,
  );

const refused = (place: string, code: string, what: string, hint: string, seen?: string): ProvisionError =>
  new ProvisionError(
    [
      {
        severity: "error",
        code,
        message: `the artifact catalog ${what}`,
        place: { file: place },
        hint,
        ...(seen === undefined ? {} : { seen }),
      },
    ],
    3,
  );
