import { z } from "zod";
import { sh } from "../host/sh.ts";
import { type Fact, FactError } from "./fact.ts";

/** A pod, as far as it matters to who takes its node out of service. */
export interface PodSeen {
  readonly namespace: string;
  readonly name: string;
  /** "" when it is on none yet. */
  readonly node: string;
  readonly phase: string;
  readonly ready: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** What makes a new one when this one is gone; null: nothing does. */
  readonly controller: { readonly kind: string; readonly name: string } | null;
  /** The picture of a static pod: only the machine's own file ends it. */
  readonly mirror: boolean;
  readonly volumes: readonly z.infer<typeof volume>[];
  readonly images: readonly string[];
}

const key = "kube pods";
const volume = z.object({
  name: z.string(),
  emptyDir: z.object({ medium: z.string().default("") }).optional(),
  hostPath: z.object({ path: z.string() }).optional(),
  persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
});
const owner = z.object({ kind: z.string(), name: z.string(), controller: z.boolean().default(false) });

/** Fields of one line, in order. Maps and lists are printed as JSON, whose strings hold neither tab nor line break. */
const fields = [
  "metadata.namespace",
  "metadata.name",
  "spec.nodeName",
  "status.phase",
  'status.conditions[?(@.type=="Ready")].status',
  "metadata.annotations.kubernetes\\.io/config\\.mirror",
  "spec.containers[*].image",
  "metadata.labels",
  "metadata.ownerReferences",
  "spec.volumes",
];
const path = `{range .items[*]}${fields.map((field) => `{.${field}}`).join('{"\\t"}')}{"\\n"}{end}`;

/** All pods: one short line each, because a pod as a whole is 8 KB of JSON and a cluster has thousands. */
export const podsFact: Fact<readonly PodSeen[]> = {
  key,
  script: sh`k get pods -A -o jsonpath=${path}`,
  parse: ({ code, stdout }) => {
    if (code !== 0) throw new FactError(key, "the cluster does not tell its pods", stdout.slice(0, 200));
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map(readPod);
  },
};

function readPod(line: string): PodSeen {
  const parts = line.split("\t");
  const [namespace = "", name = "", node = "", phase = "", ready = "", mirror = "", images = "", ...json] = parts;
  if (parts.length !== fields.length || name === "") throw notUnderstood(line);
  const [labels = "", owners = "", volumes = ""] = json;
  return {
    namespace,
    name,
    node,
    phase,
    ready: ready === "True",
    mirror: mirror !== "",
    images: images.split(" ").filter((image) => image !== ""),
    labels: read(z.record(z.string(), z.string()), labels, {}, line),
    controller: read(z.array(owner), owners, [], line).find((one) => one.controller) ?? null,
    volumes: read(z.array(volume), volumes, [], line),
  };
}

function read<T>(schema: z.ZodType<T>, text: string, none: T, line: string): T {
  if (text === "") return none;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw notUnderstood(line);
  }
}

const notUnderstood = (line: string): FactError =>
  new FactError(key, "the cluster's list of pods is not understood", line.slice(0, 200));
