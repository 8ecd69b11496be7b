import type { Command } from "commander";
import type { CliIo } from "./cliIo.ts";
import { type ImagesOptions, imagesList } from "./imagesList.ts";
import { imagesLock } from "./imagesLock.ts";
import { imagesVerify } from "./imagesVerify.ts";
import type { CommonOptions } from "./prepare.ts";

/** `images list`, `images lock` and `images verify`. */
export function addImages(io: CliIo, root: Command, fallback: string, finish: (code: number) => void): void {
  const images = root
    .command("images")
    .description("the images of a cluster: what is asked for, what is pinned, what really runs");
  const verb = (name: string, summary: string): Command =>
    images
      .command(name)
      .description(summary)
      .option("-i, --inventory <path>", "inventory file, folder, or name under ./inventories", fallback);
  verb("list", "what the inventory asks for: digests, who builds each, what they claim and sign")
    .option("--json", "for programs")
    .action(async (options: ImagesOptions) => finish(await imagesList(io, options)));
  verb("lock", "look up and pin the digests that the catalog lacks, in artifacts.lock.json beside the inventory").action(
    async (options: CommonOptions) => finish(await imagesLock(io, options)),
  );
  verb(
    "verify",
    "what every container on every machine really runs, digest by digest, and how it runs (exit 1: something differs)",
  )
    .option("--accept-new-host-keys", "remember the keys of hosts seen for the first time; a changed key is always refused")
    .option("--json", "for programs")
    .action(async (options: ImagesOptions) => finish(await imagesVerify(io, options)));
}
