import { readFileSync } from "node:fs";
import type { Answer } from "../../../src/kernel/answer.ts";
import type { KernelEvidence, KernelFacts, LinkType, NftPart, Tried } from "../../../src/kernel/evidence.ts";
import { judgeFeature, type KernelContext } from "../../../src/kernel/judge.ts";
import { parseKernelFacts } from "../../../src/kernel/parseKernelFacts.ts";

/**
 * Replies to the script of `kernelFacts`. lab-6.18: a machine of the lab, no loadable modules. debian-6.1: a virtual machine with Debian's package
 * linux-image-6.1.0-50-cloud-amd64 (6.1.176-1), fresh from its boot. rhel-8.4 and ubuntu-20.04 are made up after these distributions.
 */
export type Sample = "lab-6.18" | "debian-6.1" | "rhel-8.4" | "ubuntu-20.04";

export const factsOf = (sample: Sample): KernelFacts =>
  parseKernelFacts({ code: 0, stdout: readFileSync(new URL(`fixtures/${sample}.txt`, import.meta.url), "utf8") });

/** What was read, and nothing tried. */
export const evidenceOf = (sample: Sample, change: Partial<KernelFacts> = {}): KernelEvidence => ({
  kernel: { ...factsOf(sample), ...change },
  nft: null,
  links: null,
  bpf: null,
});

export const withNft = (evidence: KernelEvidence, part: NftPart, tried: Tried): KernelEvidence => ({
  ...evidence,
  nft: { version: "1.0.6", json: true, parts: new Map([...(evidence.nft?.parts ?? []), [part, tried]]) },
});

export const withLink = (evidence: KernelEvidence, type: LinkType, tried: Tried): KernelEvidence => ({
  ...evidence,
  links: new Map([...(evidence.links ?? []), [type, tried]]),
});

export const contextWith = (
  versions: Readonly<Record<string, string>> = {},
  families: KernelContext["families"] = ["ip"],
): KernelContext => ({
  versions,
  families,
});

/** The answers by what they are about. */
export const answersTo = (feature: string, evidence: KernelEvidence, context = contextWith()): ReadonlyMap<string, Answer> =>
  new Map(judgeFeature(feature, evidence, context).map(({ what, answer }) => [what, answer]));

/** Everything that is not a yes, as "what: why". Warnings are marked. */
export const objections = (feature: string, evidence: KernelEvidence, context = contextWith()): readonly string[] =>
  judgeFeature(feature, evidence, context).flatMap(({ what, answer }) =>
    answer.says === "yes"
      ? []
      : [`${answer.says === "unknown" ? "unknown " : answer.severity === "warning" ? "warning " : ""}${what}: ${answer.why}`],
  );

/** What blocks or is not known. */
export const errors = (feature: string, evidence = evidenceOf("lab-6.18"), context = contextWith()): readonly string[] =>
  objections(feature, evidence, context).filter((text) => !text.startsWith("warning "));
