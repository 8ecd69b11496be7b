import { gunzipSync } from "node:zlib";
import { sh } from "../host/sh.ts";
import { jsonOrNull } from "../model/jsonOrNull.ts";
import { type Fact, FactError } from "./fact.ts";

/** The ConfigMap of kube-system in which a role's objects are kept as they were applied last, and before that. */
export const keptName = (part: string): string => `provision-${part}`;

export interface KeptObjects {
  /** Without CustomResourceDefinitions; empty when nothing is kept. */
  readonly current: readonly Readonly<Record<string, unknown>>[];
  /** There is something to go back to. */
  readonly hasPrevious: boolean;
}

/** What a role applied last. null: nothing yet. */
export function keptObjectsFact(part: string): Fact<KeptObjects | null> {
  const key = `kube kept ${part}`;
  return {
    key,
    script: sh`k -n kube-system get configmap ${keptName(part)} --ignore-not-found -o jsonpath='{.binaryData.current}|{.metadata.annotations.provision/previous}'`,
    parse: ({ code, stdout }) => {
      if (code !== 0) throw new FactError(key, `the cluster does not tell what was applied for ${part}`, stdout.slice(0, 200));
      const [current = "", previous = ""] = stdout.trim().split("|");
      if (current === "") return null;
      let text: string;
      try {
        // A few hundred kB; what unpacks to more is not ours.
        text = gunzipSync(Buffer.from(current, "base64"), { maxOutputLength: 16_000_000 }).toString();
      } catch {
        throw new FactError(key, `what was kept of ${part} is not understood`, current.slice(0, 80));
      }
      const parsed = jsonOrNull(text) as { items?: unknown } | null;
      if (!Array.isArray(parsed?.items))
        throw new FactError(key, `what was kept of ${part} is not a list of objects`, text.slice(0, 80));
      return { current: parsed.items, hasPrevious: previous !== "" };
    },
  };
}
