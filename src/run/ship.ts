import { dirname } from "node:path";
import type { FileArtifact } from "../artifacts/catalog.ts";
import type { FileCache } from "../artifacts/fileCache.ts";
import type { Host } from "../host/host.ts";
import { sh } from "../host/sh.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";

export interface Delivery {
  readonly cache: FileCache;
  /** Who fetches the file: see ArtifactSource. */
  readonly by: "controller" | "node";
  readonly signal?: AbortSignal;
}

/** Puts an artifact into the node's store: brought there, checked against its digest, unpacked, and visible only when whole. */
export async function ship(host: Host, artifact: FileArtifact, folder: string, delivery: Delivery): Promise<void> {
  const partial = `${folder}.partial`;
  await must(
    host,
    sh`rm -rf ${partial} && mkdir -p ${partial} && chmod 755 /opt/provision /opt/provision/store ${partial}`.text,
    `make ${partial}`,
  );
  const file = `${partial}/${artifact.format === "binary" ? artifact.name : ".archive"}`;
  if (delivery.by === "node") await download(host, artifact, file);
  else await send(host, artifact, file, delivery);
  if (artifact.format !== "binary") await must(host, unpack(artifact, partial), `unpack ${artifact.name} ${artifact.version}`);
  await must(
    host,
    sh`cd ${partial} && stat -c '%s %n' * >.complete && cd / && rm -rf ${folder} && mv -T ${partial} ${folder}`.text,
    `finish ${folder}`,
  );
}

async function send(host: Host, artifact: FileArtifact, path: string, { cache, signal }: Delivery): Promise<void> {
  const file = await cache.ensure(artifact, signal === undefined ? {} : { signal });
  await host.put(path, { kind: "file", file, sha256: artifact.sha256 }, { mode: "755" });
}

/** curl(1), EXIT CODES: "Write error". */
const cannotWrite = 23;

async function download(host: Host, artifact: FileArtifact, path: string): Promise<void> {
  const script = sh`curl -fsS --connect-timeout 10 --retry 2 -o ${path} ${artifact.url} && chmod 755 ${path} && sha256sum <${path}`;
  const reply = await host.run(script.text, { timeout: 600_000 });
  if (reply.code === cannotWrite) {
    const room = await host.run(sh`df -Ph ${dirname(path)} | tail -n 1; rm -f ${path}`.text);
    throw new StepFailure("artifact/not-written", `the node could not write ${path}`, {
      seen: lastWords(`${reply.stderr.trimEnd()}\n${room.stdout}`),
      hint: "is that disk full? make room on it and run the same command again",
    });
  }
  if (reply.code !== 0)
    throw new StepFailure("artifact/not-fetched", `the node could not fetch ${artifact.url}`, {
      seen: lastWords(reply.stderr),
      hint: "check the mirror from the node, or set artifacts.delivery: controller",
    });
  const seen = reply.stdout.slice(0, 64);
  if (seen === artifact.sha256) return;
  await host.run(sh`rm -f ${path}`.text);
  throw new StepFailure("artifact/wrong-digest", `${artifact.url} is not what the catalog says`, {
    seen: `sha256 ${seen} instead of ${artifact.sha256}`,
    hint: "do not use it: find out who changed the file, or mend the catalog",
  });
}

function unpack(artifact: FileArtifact, partial: string): string {
  const extract = sh`cd ${partial} && mkdir .unpacked && tar -xzf .archive -C .unpacked --no-same-owner && rm .archive`;
  const members = Object.entries(artifact.members ?? {});
  const move =
    members.length === 0
      ? sh`find .unpacked -maxdepth 1 -type f -exec mv -t . {} +`
      : sh`${members.map(([member, name]) => sh`mv ${`.unpacked/${member}`} ${name} &&`)} true`;
  return sh`${extract} && ${move} && rm -rf .unpacked && find . -maxdepth 1 -type f -exec chmod 755 {} +`.text;
}

async function must(host: Host, script: string, what: string): Promise<void> {
  const reply = await host.run(script, { timeout: 120_000 });
  if (reply.code !== 0) throw new StepFailure("action/failed", `could not ${what}`, { seen: lastWords(reply.stderr) });
}
