import type { Fact } from "../facts/fact.ts";
import type { BpfProbe, KernelFacts, LinkProbe, NftProbe } from "../kernel/evidence.ts";
import { contextOf, featuresOf, trialsOf } from "../kernel/features.ts";
import { judgeFeature } from "../kernel/judge.ts";
import { kernelFacts } from "../kernel/kernelFacts.ts";
import { bpfProbe } from "../kernel/probes/bpfProbe.ts";
import { linkProbe } from "../kernel/probes/linkProbe.ts";
import { nftProbe } from "../kernel/probes/nftProbe.ts";
import type { Feature } from "../kernel/requirement.ts";
import { features } from "../kernel/requirements.ts";
import { type Check, type CheckTarget, check } from "./check.ts";

interface KernelSpec extends Readonly<Record<string, Fact<unknown>>> {
  readonly kernel: Fact<KernelFacts>;
}

const askedOf = ({ cluster, node, features: more }: CheckTarget): readonly string[] => [
  ...new Set([...featuresOf(cluster, node), ...more]),
];

/**
 * The feature's own trials, asked in the same words by every check of the node, so that each runs once a look. A trial whose reply is not
 * understood spoils only the features that need it. Without a helper brought for it (--deep), nothing that would load a module is tried.
 */
function factsOf(feature: Feature, target: CheckTarget): KernelSpec {
  if (!target.thorough) return { kernel: kernelFacts };
  const own = trialsOf([feature.name]);
  const all = trialsOf(askedOf(target));
  const deepHelper = target.deep ?? null;
  const mayLoad = deepHelper !== null;
  return {
    kernel: kernelFacts,
    ...(own.nft ? { nft: nftProbe(["ip"], mayLoad) } : {}),
    ...(own.links.length > 0 ? { links: linkProbe(all.links, mayLoad) } : {}),
    ...(own.bpf ? { bpf: bpfProbe({ deepHelper }) } : {}),
  };
}

const checkOf = (feature: Feature): Check =>
  check<KernelSpec>({
    name: `kernel/${feature.name}`,
    title: feature.title,
    when: (target) => askedOf(target).includes(feature.name),
    facts: (target) => factsOf(feature, target),
    judge: ({ cluster, facts }) =>
      judgeFeature(
        feature.name,
        {
          kernel: facts.kernel,
          nft: (facts.nft as NftProbe | undefined) ?? null,
          links: (facts.links as LinkProbe | undefined) ?? null,
          bpf: (facts.bpf as BpfProbe | undefined) ?? null,
        },
        contextOf(cluster),
      ),
  });

/** One check for each feature: asked where the inventory needs it, or where it is named. */
export const kernelChecks: readonly Check[] = features.map(checkOf);
