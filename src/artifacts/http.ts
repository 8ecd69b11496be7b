import { setTimeout as delay } from "node:timers/promises";
import type { Diagnostic } from "../model/diagnostic.ts";

export type Fetch = typeof globalThis.fetch;

export type HttpErrorKind =
  | "bad-url"
  | "name-not-found"
  | "refused"
  | "unreachable"
  | "timeout"
  | "tls"
  | "cut-short"
  | "too-big"
  | "status";

/** No usable answer from a URL. `transient` is what may be tried again. */
export class HttpError extends Error {
  readonly kind: HttpErrorKind;
  /** Without credentials. */
  readonly url: string;
  readonly status: number | undefined;
  readonly transient: boolean;
  readonly hint: string;
  constructor(
    kind: HttpErrorKind,
    url: string,
    seen: string,
    more: { status?: number; transient?: boolean; cause?: unknown } = {},
  ) {
    super(seen, { cause: more.cause });
    this.name = "HttpError";
    this.kind = kind;
    this.url = url;
    this.status = more.status;
    this.transient = more.transient ?? false;
    this.hint = hints[kind];
  }
}

const proxyHint = "Node's fetch ignores HTTP_PROXY unless NODE_USE_ENV_PROXY=1 is set (Node 22.21, 24 or newer)";
const hints: Record<HttpErrorKind, string> = {
  "bad-url": "write an absolute http or https URL without a user or password",
  "name-not-found": `check the host name and this machine's DNS; ${proxyHint}`,
  refused: "nothing listens there: check that the server runs, and its port",
  unreachable: `check the route and the firewall from this machine; ${proxyHint}`,
  timeout: `the server does not answer in time: check its load and the route; ${proxyHint}`,
  tls: "the server's certificate is not trusted: give its CA through NODE_EXTRA_CA_CERTS",
  "cut-short": "the server or a proxy on the way closes early: look at its log",
  "too-big": "this is not what was asked for: check the URL",
  status: "check that the server has this file and lets this machine read it",
};

// Codes of the system, of Node's TLS and of its fetch (undici). EAI_AGAIN: the resolver did not answer, which is not the same as "no such name".
const codes: Record<string, [HttpErrorKind, transient: boolean]> = {
  ENOTFOUND: ["name-not-found", false],
  EAI_AGAIN: ["name-not-found", true],
  ECONNREFUSED: ["refused", true],
  EHOSTUNREACH: ["unreachable", true],
  ENETUNREACH: ["unreachable", true],
  ETIMEDOUT: ["timeout", true],
  UND_ERR_CONNECT_TIMEOUT: ["timeout", true],
  UND_ERR_HEADERS_TIMEOUT: ["timeout", true],
  UND_ERR_BODY_TIMEOUT: ["timeout", true],
  ECONNRESET: ["cut-short", true],
  EPIPE: ["cut-short", true],
  UND_ERR_SOCKET: ["cut-short", true],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ["cut-short", true],
};

export interface GetOptions {
  readonly fetch: Fetch;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: "GET" | "HEAD";
  /** Statuses handed back besides 2xx. */
  readonly accept?: readonly number[];
}

/** One request. Rejects with HttpError, or with the signal's reason. */
export async function get(url: string, options: GetOptions): Promise<Response> {
  const target = checkUrl(url);
  let response: Response;
  try {
    response = await options.fetch(target, {
      method: options.method ?? "GET",
      // As stored: a digest is over the file, not over what a transfer encoding makes of it.
      headers: { "accept-encoding": "identity", ...options.headers },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    throw asHttpError(error, target, options.signal);
  }
  if (response.ok || options.accept?.includes(response.status) === true) return response;
  await response.body?.cancel();
  const transient = response.status >= 500 || response.status === 429;
  throw new HttpError("status", target, `HTTP ${response.status} ${response.statusText}`.trim(), {
    status: response.status,
    transient,
  });
}

/** What a broken request or body read means. The signal's own reason is passed on as it is. */
export function asHttpError(error: unknown, url: string, signal?: AbortSignal): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof HttpError) return error;
  const code = codeOf(error);
  // fetch refuses some URLs by itself, such as one with port 9 ("bad port" of the Fetch standard), and gives no code.
  if (code === undefined && error instanceof TypeError && error.cause instanceof Error)
    return new HttpError("bad-url", url, error.cause.message, { cause: error });
  if (code === undefined) return error;
  const [kind, transient] = codes[code] ?? [/CERT|SSL|TLS|SIGNATURE/.test(code) ? "tls" : "unreachable", false];
  return new HttpError(kind, url, code, { transient, cause: error });
}

/** The whole body. Rejects with HttpError, or with the signal's reason; "too-big" when it is longer than `limit` bytes. */
export async function readBody(response: Response, url: string, limit: number, signal?: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > limit) throw new HttpError("too-big", url, `more than ${limit} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw asHttpError(error, url, signal);
  }
  return Buffer.concat(chunks);
}

/** Runs `attempt` again after a transient HttpError, at most `tries` times in all. */
export async function retrying<T>(
  attempt: () => Promise<T>,
  options: { tries: number; interval: number; signal?: AbortSignal },
): Promise<T> {
  for (let left = options.tries - 1; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left <= 0 || !(error instanceof HttpError && error.transient)) throw error;
      await delay(options.interval, undefined, options.signal === undefined ? {} : { signal: options.signal });
    }
  }
}

/** The same failure, for the user: `code` names what was wanted, `what` begins the sentence. */
export const httpDiagnostic = (error: HttpError, code: string, what: string): Diagnostic => ({
  severity: "error",
  code,
  message: `${what} cannot be had from ${error.url}`,
  place: { file: error.url },
  seen: `${error.message}${error.kind === "status" ? "" : ` (${error.kind.replaceAll("-", " ")})`}`,
  hint: error.hint,
});

function checkUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw new HttpError("bad-url", url, "not an http or https URL");
  if (parsed.username === "" && parsed.password === "") return parsed.href;
  parsed.username = "";
  parsed.password = "";
  throw new HttpError("bad-url", parsed.href, "a user or password in the URL");
}

/** fetch wraps what happened in a TypeError, and several failed addresses in an AggregateError. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error.cause !== undefined) return codeOf(error.cause);
  return error instanceof AggregateError ? codeOf(error.errors[0]) : undefined;
}
