import { createHash } from "node:crypto";
import { z } from "zod";
import { FactError } from "../facts/fact.ts";
import { jsonOrNull } from "../model/jsonOrNull.ts";
import { type Posture, parsePosture } from "./posture.ts";

/** What one machine says of its images and containers. */
export interface NodeImages {
  /** containerd's names -> digest, by containerd namespace. */
  readonly images: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly containers: readonly Contained[];
  /** As the kubelet's runtime interface has them. */
  readonly cri: readonly CriContainer[];
  readonly pods: ReadonlyMap<string, CriPod>;
  /** Manifests and configurations whose digest is what their name says. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  /** Digests of files whose content is another. */
  readonly damaged: readonly string[];
}

/** A container as containerd has it, sandboxes and services too. */
export interface Contained {
  readonly namespace: string;
  readonly id: string;
  /** Name of the image it was made from. */
  readonly image: string;
  /** Chain ID of the layers below it, "sha256:…"; null: not to be told. */
  readonly layers: string | null;
  /** Its first process; null when it does not run. */
  readonly posture: Posture | null;
}

const texts = z.record(z.string(), z.string()).default({});
const criContainers = z.object({
  containers: z.array(
    z.object({
      id: z.string(),
      podSandboxId: z.string(),
      metadata: z.object({ name: z.string(), attempt: z.number().default(0) }),
      image: z.object({ image: z.string().default(""), userSpecifiedImage: z.string().default("") }),
      state: z.string(),
    }),
  ),
});
export type CriContainer = z.infer<typeof criContainers>["containers"][number];
const criPods = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      metadata: z.object({ name: z.string(), namespace: z.string(), uid: z.string(), attempt: z.number().default(0) }),
      state: z.string(),
      labels: texts,
      annotations: texts,
    }),
  ),
});
export type CriPod = z.infer<typeof criPods>["items"][number];

const key = "images in use";
const isDigest = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text);

/** Throws FactError for an answer that is cut off or of another shape. */
export function parseNodeImages(code: number, stdout: string): NodeImages {
  const lines = stdout.split("\n").filter((line) => line !== "");
  if (code !== 0 || lines.at(-1) !== "end")
    throw new FactError(key, "the machine's answer about its images is cut off", stdout.slice(-200));
  // Half a list would make a container that differs one that is not there.
  if (lines.some((line) => /(^| )silent /.test(line)))
    throw new FactError(key, "containerd did not answer all that was asked of its images", "is the machine overloaded?");
  const rows = lines.slice(0, -1).map((line) => line.split(" "));
  const of = (kind: string) => rows.filter(([first]) => first === kind).map(([, ...rest]) => rest);

  const images = new Map<string, Map<string, string>>();
  for (const [namespace = "", name = "", digest = ""] of of("image")) {
    if (!isDigest(digest)) continue;
    images.set(namespace, (images.get(namespace) ?? new Map<string, string>()).set(name, digest));
  }
  const at = (namespace: string, id: string): string => `${namespace} ${id}`;
  const layers = new Map(of("snapshot").map(([namespace = "", id = "", parent = ""]) => [at(namespace, id), parent]));
  const pids = new Map(
    of("task").flatMap(([namespace = "", id = "", pid = "", state]) =>
      state === "RUNNING" ? [[at(namespace, id), pid] as const] : [],
    ),
  );
  const processes = new Map(of("process").map((fields) => [fields[0] ?? "", parsePosture(fields)]));

  const blobs = new Map<string, Uint8Array>();
  const damaged: string[] = [];
  for (const [hex = "", text = ""] of of("blob")) {
    const bytes = Buffer.from(text, "base64");
    if (createHash("sha256").update(bytes).digest("hex") === hex) blobs.set(`sha256:${hex}`, bytes);
    else damaged.push(`sha256:${hex}`);
  }
  return {
    images,
    containers: of("container").map(([namespace = "", id = "", image = ""]) => {
      const parent = layers.get(at(namespace, id)) ?? "";
      return {
        namespace,
        id,
        image,
        layers: isDigest(parent) ? parent : null,
        posture: processes.get(pids.get(at(namespace, id)) ?? "") ?? null,
      };
    }),
    cri: fromBase64(criContainers, of("cri-containers"), "containers").containers,
    pods: new Map(fromBase64(criPods, of("cri-pods"), "pods").items.map((pod) => [pod.id, pod])),
    blobs,
    damaged,
  };
}

function fromBase64<T>(schema: z.ZodType<T>, rows: readonly (readonly string[])[], what: string): T {
  const text = Buffer.from(rows[0]?.[0] ?? "", "base64").toString();
  const parsed = schema.safeParse(jsonOrNull(text));
  if (!parsed.success)
    throw new FactError(key, `what the container runtime says of its ${what} is not understood`, text.slice(0, 200));
  return parsed.data;
}
