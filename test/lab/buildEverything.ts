import { cpus } from "node:os";
import { join } from "node:path";
import type { ImageArtifact } from "../../src/artifacts/catalog.ts";
import { type Component, componentId } from "./builds/component.ts";
import { components } from "./builds/components.ts";
import { type BuildContext, type Built, ensureBuilt } from "./builds/ensureBuilt.ts";
import { goVersion } from "./builds/goBuild.ts";
import type { NetworkPick } from "./builds/networks.ts";
import { runTasks, type Task } from "./builds/runTasks.ts";
import { cachePath } from "./cache.ts";
import { publish } from "./catalog.ts";
import { ensureImage } from "./images/ensureImage.ts";
import { freePort, startRegistry } from "./images/registry.ts";
import { images } from "./images/table.ts";
import { LabError } from "./LabError.ts";
import type { Progress } from "./progress.ts";
import { ensureRootfs, type Rootfs } from "./rootfs.ts";
import { ensurePackages } from "./system.ts";
import { type Exclusive, withCache } from "./withCache.ts";

/** Names as `lab build` takes them: a component ("etcd", "kubernetes"), "rootfs"; none: all. */
export function selectComponents(all: readonly Component[], names: readonly string[]): readonly Component[] {
  const unknown = names.find((name) => name !== "rootfs" && !all.some((component) => component.name === name));
  if (unknown !== undefined) {
    throw new LabError(
      `nothing to build is called "${unknown}"; there are: rootfs, ${[...new Set(all.map((c) => c.name))].join(", ")}`,
    );
  }
  return names.length === 0 ? all : all.filter((component) => names.includes(component.name));
}

/** Builds what is missing or damaged among these components; root file system and images apart. */
function componentTasks(
  chosen: readonly Component[],
  context: BuildContext,
  built: Map<string, Built>,
  progress: Progress,
): readonly Task[] {
  return chosen.map((component) => ({
    id: componentId(component),
    after: chosen.filter((other) => other.name === component.after).map(componentId),
    seconds: component.seconds,
    run: async () => {
      const result = await progress.task(componentId(component), (note) => ensureBuilt(component, context, note), true);
      built.set(componentId(component), result);
    },
  }));
}

/** What a lab serves. */
export interface Served {
  readonly kubernetes: readonly string[];
  readonly networks: readonly NetworkPick[];
}

/** `lab build`: the named components, or without names everything, published too. */
export function buildNamed(served: Served, names: readonly string[], progress: Progress): Promise<void> {
  const chosen = selectComponents(components(served.kubernetes, served.networks), names);
  return withCache("lab build", progress, async (exclusive) => {
    await ensurePackages((text) => progress.say(text), exclusive);
    const rootfs = sharedRootfs(progress, exclusive);
    if (names.length === 0) return void (await buildEverything(served, progress, rootfs, exclusive));
    if (names.includes("rootfs")) await rootfs();
    const context = { go: await goVersion(), rootfs, exclusive, say: (text: string) => progress.say(text) };
    await runTasks(componentTasks(chosen, context, new Map(), progress), lanes());
  });
}

/** The root file system, made at the first call and shared by all. */
export function sharedRootfs(progress: Progress, exclusive: Exclusive): () => Promise<Rootfs> {
  let made: Promise<Rootfs> | null = null;
  return () => {
    made ??= progress.task("root file system", () => ensureRootfs((text) => progress.say(text), exclusive), true);
    return made;
  };
}

/** Everything a cluster of these versions and networks needs, in the mirror and in the registry's store. Answers the registry's program. */
export async function buildEverything(
  { kubernetes, networks }: Served,
  progress: Progress,
  rootfs: () => Promise<Rootfs>,
  exclusive: Exclusive,
): Promise<string> {
  const context = { go: await goVersion(), rootfs, exclusive, say: (text: string) => progress.say(text) };
  const built = new Map<string, Built>();
  const digests: ImageArtifact[] = [];
  let registry: Promise<{ readonly at: string; readonly pid: number }> | null = null;
  const push = async () => {
    registry ??= startPushRegistry(built);
    return (await registry).at;
  };
  const tasks = componentTasks(components(kubernetes, networks), context, built, progress);
  const imageTasks = images(kubernetes, networks).map(
    (image): Task => ({
      id: `image ${image.name}`,
      after: [...image.from, "userland bookworm"],
      seconds: 5,
      run: async () => {
        digests.push(await progress.task(`image ${image.name}`, () => ensureImage(image, built, push, context), true));
      },
    }),
  );
  try {
    await runTasks([...tasks, ...imageTasks], lanes());
  } finally {
    const started = await (registry as Promise<{ readonly pid: number }> | null);
    if (started !== null) process.kill(started.pid, "SIGTERM");
  }
  await publish([...built.values()], digests, exclusive);
  return registryProgram(built);
}

/** A registry on loopback, for pushes only; labs serve the same store. */
async function startPushRegistry(built: ReadonlyMap<string, Built>): Promise<{ readonly at: string; readonly pid: number }> {
  const at = `127.0.0.1:${await freePort()}`;
  return { at, pid: await startRegistry(registryProgram(built), at, cachePath("tmp"), true) };
}

const registryProgram = (built: ReadonlyMap<string, Built>): string =>
  join(built.get("userland bookworm")?.folder ?? "", "docker-registry");

const lanes = (): number => Math.max(2, cpus().length);
