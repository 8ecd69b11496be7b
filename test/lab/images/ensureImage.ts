import { rmSync } from "node:fs";
import { join } from "node:path";
import type { ImageArtifact } from "../../../src/artifacts/catalog.ts";
import type { BuildContext, Built } from "../builds/ensureBuilt.ts";
import { cacheKey, cachePath, readJson, writeAtomically } from "../cache.ts";
import { LabError } from "../LabError.ts";
import { newScratch } from "../scratch.ts";
import { sh } from "../shell.ts";
import { repositoryAndTag, writeOciLayout } from "./ociImage.ts";
import type { LabImage } from "./parts.ts";
import { dropDamaged, verifyStored } from "./registry.ts";

interface ImageRecord {
  readonly key: string;
  readonly ref: string;
  readonly digest: string;
}

/** In the store and whole, else made and pushed to the registry at `push` (host:port). */
export async function ensureImage(
  image: LabImage,
  built: ReadonlyMap<string, Built>,
  push: () => Promise<string>,
  { say, exclusive }: Pick<BuildContext, "say" | "exclusive">,
): Promise<ImageArtifact> {
  const folders = (component: string) => {
    const found = built.get(component);
    if (found === undefined) throw new LabError(`image ${image.name} needs ${component}, which is not built`);
    return found.folder;
  };
  const ref = image.ref(folders);
  const content = image.image(folders);
  const inputs = image.from.map((id) => built.get(id)?.files);
  const key = cacheKey({ ref, layers: "tar", content: image.image((component) => component), inputs }); // where its files lie does not matter
  const file = cachePath("images", `${image.name.replaceAll(" ", "-")}.json`);
  const look = async () => {
    const recorded = readJson<ImageRecord>(file);
    return recorded?.key === key ? { ...recorded, wrong: await verifyStored(ref, recorded.digest) } : null;
  };
  let found = await look();
  if (found === null || found.wrong !== null) {
    await exclusive();
    found = await look();
  }
  if (found !== null) {
    if (found.wrong === null) return { ref, digest: found.digest };
    say(`image ${image.name}: ${found.wrong}; pushing it again`);
    await dropDamaged(ref, found.digest);
  }
  const scratch = newScratch(`image-${image.name.replaceAll(" ", "-")}`);
  const layout = join(scratch, "layout");
  const digest = await writeOciLayout(content, scratch, layout);
  await sh`skopeo --insecure-policy copy --quiet --preserve-digests --dest-tls-verify=false ${`oci:${layout}:image`} ${`docker://${await push()}/${repositoryAndTag(ref)}`}`;
  writeAtomically(file, JSON.stringify({ key, ref, digest } satisfies ImageRecord));
  rmSync(scratch, { recursive: true, force: true });
  return { ref, digest };
}
