import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { posix } from "node:path";
import { Readable } from "node:stream";
import type { Child, Launch } from "./child.ts";
import { HostError, type PutContent, type PutOptions } from "./host.ts";
import { limit, orAbort } from "./limit.ts";
import type { Redactor } from "./redact.ts";
import { sh } from "./sh.ts";

/** A file gets this long plus a second for every 100 KB; a dead connection is noticed sooner, by its keepalives. */
const baseTimeout = 120_000;
const slowestBytesPerMillisecond = 100;

/** What the node's script says by its exit code, since its words depend on its system. */
const phases: Readonly<Record<number, string>> = {
  71: "it could not be written",
  72: "it arrived with another size",
  73: "it arrived with another sha256",
  74: "its owner or mode could not be set",
  75: "it could not be moved into place",
};

/** A random name beside the target, so that the rename stays within one file system. */
const temporaryName = (path: string): string => posix.join(posix.dirname(path), `.provision-${randomBytes(8).toString("hex")}`);

const receive = (temporary: string, path: string, size: number, sha256: string, options: PutOptions): string =>
  sh`t=${temporary}
fail() { rm -f -- "$t"; exit "$1"; }
trap 'fail 71' HUP INT TERM
umask 077
cat >"$t" || fail 71
n=$(wc -c <"$t") && [ "$n" -eq ${size} ] || { echo "$n bytes arrived, not" ${size} >&2; fail 72; }
d=$(sha256sum <"$t") && [ "\${d%% *}" = ${sha256} ] || { echo "sha256 is \${d%% *}, not" ${sha256} >&2; fail 73; }
chown -- ${options.owner ?? "root:root"} "$t" && chmod -- ${options.mode ?? "0644"} "$t" || fail 74
mv -fT -- "$t" ${path} || fail 75`.text;

async function open(
  host: string,
  content: PutContent,
  redactor: Redactor,
): Promise<{ size: number; sha256: string; stream: () => Readable }> {
  if (content.kind === "bytes") {
    if (!Buffer.isBuffer(content.bytes)) redactor.add(content.bytes);
    const bytes = Buffer.isBuffer(content.bytes) ? content.bytes : Buffer.from(content.bytes.reveal());
    return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex"), stream: () => Readable.from([bytes]) };
  }
  const { size } = await stat(content.file).catch((error: NodeJS.ErrnoException) => {
    throw new HostError("put", host, `${content.file} cannot be read on this machine (${error.code ?? "unknown reason"})`, {
      cause: error,
    });
  });
  return { size, sha256: content.sha256, stream: () => createReadStream(content.file, { highWaterMark: 256 * 1024 }) };
}

/** Feeds the child; settles when all is handed over. A child that ends early is no error here: its exit code tells why. */
function feed(child: Child, source: Readable, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.ended
      .catch(() => undefined)
      .then(() => {
        source.destroy();
        resolve();
      });
    child.stdin.on("error", () => undefined);
    child.stdin.once("finish", resolve);
    source.once("error", (cause) =>
      reject(new HostError("put", host, "the local file could not be read to its end", { seen: cause.message, cause })),
    );
    source.pipe(child.stdin);
  });
}

/** See Host.put. Rejects with HostError "put" (with the node's words), "timeout" or what `launch` rejects with. */
export async function putFile(
  launch: Launch,
  host: string,
  path: string,
  content: PutContent,
  options: PutOptions,
  redactor: Redactor,
): Promise<void> {
  const { size, sha256, stream } = await open(host, content, redactor);
  const temporary = temporaryName(path);
  const stderr: Buffer[] = [];
  const output = { stdout: (): void => undefined, stderr: (chunk: Buffer): void => void stderr.push(chunk) };
  const timeout = baseTimeout + size / slowestBytesPerMillisecond;
  const late = (): HostError =>
    new HostError("timeout", host, `${path} did not reach ${host} within ${Math.round(timeout / 1000)} s`);
  const bound = limit(timeout, late, options.signal);
  const stop = async (child: Child): Promise<void> => {
    await child.kill();
    const cleaner = await launch(
      sh`rm -f -- ${temporary}`.text,
      { stdout: () => undefined, stderr: () => undefined },
      { stdin: false },
    );
    await cleaner.ended;
  };
  try {
    bound.signal.throwIfAborted();
    const child = await launch(receive(temporary, path, size, sha256, options), output, { stdin: true });
    const work = feed(child, stream(), host).then(
      () => child.ended,
      async (error) => {
        await stop(child);
        throw error;
      },
    );
    const code = await orAbort(work, bound.signal, () => stop(child));
    if (code === 0) return;
    const seen = redactor.redact(Buffer.concat(stderr).toString().trim());
    throw new HostError("put", host, `${path} was not written on ${host}: ${phases[code] ?? `exit code ${code}`}`, {
      ...(seen === "" ? {} : { seen }),
      hint:
        code === 73 && content.kind === "file"
          ? `is ${content.file} still what was downloaded?`
          : "check space, mounts and attributes of the directory there",
    });
  } finally {
    bound.clear();
  }
}
