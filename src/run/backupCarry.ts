import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { sh } from "../host/sh.ts";
import type { Through } from "./backupSeal.ts";
import type { Sessions } from "./sessions.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";

/** One round trip's worth: far below what a Host collects of a command, and small beside this machine's memory. */
const pieceBytes = 6 * 1024 * 1024;
const pieceTimeout = 300_000;

export interface Digest {
  readonly size: number;
  readonly sha256: string;
}

/** Fetches a file of a node, piece by piece: a lost connection loses one piece. Rejects with StepFailure when it is not whole, or HostError. */
export async function fetchFile(
  sessions: Sessions,
  from: { readonly node: string; readonly path: string },
  to: { readonly file: string; readonly seal: Through },
): Promise<{ readonly plain: Digest; readonly stored: Digest }> {
  const { node, path } = from;
  const told = await sessions.with(node, (host) =>
    host.run(sh`stat -c %s ${path} && sha256sum <${path}`.text, { timeout: pieceTimeout }),
  );
  const [, size = "", sha256 = ""] = /^(\d+)\n([0-9a-f]{64})/.exec(told.stdout) ?? [];
  if (told.code !== 0 || sha256 === "")
    throw new StepFailure("backup/not-read", `${path} could not be read`, { seen: lastWords(told.stderr) });
  const hash = createHash("sha256");
  let seen = 0;
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let index = 0; seen < Number(size); index++) {
      const script = sh`dd if=${path} bs=${pieceBytes} skip=${index} count=1 status=none | base64 -w0`;
      const reply = await sessions.with(node, (host) => host.run(script.text, { timeout: pieceTimeout }));
      const piece = Buffer.from(reply.stdout, "base64");
      if (reply.code !== 0 || piece.length === 0) break;
      hash.update(piece);
      seen += piece.length;
      yield piece;
    }
  };
  const stored = await writeAll(to.file, await to.seal(pieces()));
  if (seen !== Number(size) || hash.digest("hex") !== sha256)
    throw new StepFailure("backup/damaged", `${path} did not arrive as it is on the node`, {
      seen: `${seen} of ${size} bytes`,
      hint: "run the same command again",
    });
  return { plain: { size: seen, sha256 }, stored };
}

/** Writes a new file, owner-only, forced to disk. */
async function writeAll(file: string, input: AsyncIterable<Uint8Array>): Promise<Digest> {
  const hash = createHash("sha256");
  let size = 0;
  const handle = await open(file, "wx", 0o600);
  try {
    for await (const piece of input) {
      hash.update(piece);
      size += piece.length;
      await handle.appendFile(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { size, sha256: hash.digest("hex") };
}
