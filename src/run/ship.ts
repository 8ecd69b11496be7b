import type { FileArtifact } from "../artifacts/catalog.ts";
import type { FileCache } from "../artifacts/fileCache.ts";
import type { Host } from "../host/host.ts";
import { sh } from "../host/sh.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";

/** Puts an artifact into the node's store: shipped from the controller's cache, checked, unpacked, and visible only when whole. */
export async function ship(
  host: Host,
  artifact: FileArtifact,
  folder: string,
  cache: FileCache,
  signal?: AbortSignal,
): Promise<void> {
  const file = await cache.ensure(artifact, signal === undefined ? {} : { signal });
  const partial = `${folder}.partial`;
  await must(
    host,
    sh`rm -rf ${partial} && mkdir -p ${partial} && chmod 755 /opt/provision /opt/provision/store ${partial}`.text,
    `make ${partial}`,
  );
  const content = { kind: "file", file, sha256: artifact.sha256 } as const;
  if (artifact.format === "binary") {
    await host.put(`${partial}/${artifact.name}`, content, { mode: "755" });
  } else {
    await host.put(`${partial}/.archive`, content, { mode: "600" });
    await must(host, unpack(artifact, partial), `unpack ${artifact.name} ${artifact.version}`);
  }
  await must(host, sh`: >${`${partial}/.complete`} && rm -rf ${folder} && mv -T ${partial} ${folder}`.text, `finish ${folder}`);
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
