import { createReadStream } from "node:fs";
import { dirname, join } from "node:path";
import { type SavedFile, savedAs } from "../backup/manifest.ts";
import { sh } from "../host/sh.ts";
import type { Through } from "./backupSeal.ts";
import type { ReadBackup } from "./restoreRead.ts";
import type { Sessions } from "./sessions.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";

const pieceBytes = 6 * 1024 * 1024;

/** Sends one file of a backup to a node, decrypted on the way: what was encrypted never lies open on this machine's disk. Each piece may be sent twice. */
export async function sendFile(
  sessions: Sessions,
  { folder, manifest }: ReadBackup,
  from: { readonly path: string; readonly open: Through },
  to: { readonly node: string; readonly path: string },
): Promise<void> {
  const saved = savedAs(manifest, from.path) as SavedFile;
  const on = async (script: string, stdin?: Buffer): Promise<string> => {
    const options = { timeout: 300_000, ...(stdin === undefined ? {} : { stdin }) };
    const reply = await sessions.with(to.node, (host) => host.run(script, options));
    if (reply.code === 0) return reply.stdout;
    throw new StepFailure("restore/not-written", `${to.path} could not be written`, { seen: lastWords(reply.stderr) });
  };
  await on(sh`umask 077; mkdir -p ${dirname(to.path)} && : >${to.path}`.text);
  let offset = 0;
  for await (const piece of inPieces(await from.open(createReadStream(join(folder, saved.path))))) {
    await on(sh`dd of=${to.path} bs=1M seek=${offset} oflag=seek_bytes conv=notrunc status=none`.text, piece);
    offset += piece.length;
  }
  const sha256 = (await on(sh`sha256sum <${to.path}`.text)).slice(0, 64);
  if (sha256 !== saved.plainSha256 || offset !== saved.plainSize)
    throw new StepFailure("restore/damaged", `${from.path} is not what it was when the backup was made`, {
      seen: `${offset} bytes with sha256 ${sha256}, not ${saved.plainSize} with ${saved.plainSha256}`,
      hint: "take another backup",
    });
}

async function* inPieces(input: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const piece of input) {
    held.push(piece);
    size += piece.length;
    if (size < pieceBytes) continue;
    yield Buffer.concat(held);
    held = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(held);
}
