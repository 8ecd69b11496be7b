import { aliasesOf, foldedInto, modulesOf, namesOf, tracesOf } from "./options.ts";
import { type Feature, lockdownOption, type Need, type Requirement } from "./requirement.ts";
import { calicoFeatures } from "./requirementsCalico.ts";
import { ciliumFeature, ciliumTunnels } from "./requirementsCilium.ts";
import { ciliumOptions } from "./requirementsCiliumOptions.ts";
import { ciliumPolicies } from "./requirementsCiliumPolicies.ts";
import { flannelFeatures } from "./requirementsFlannel.ts";
import { kubeProxyFeatures } from "./requirementsKubeProxy.ts";
import { kubernetesFeatures } from "./requirementsKubernetes.ts";
import { otherFeatures } from "./requirementsOthers.ts";

/** Everything this tool knows to ask of a kernel, in the order in which it is told. */
export const features: readonly Feature[] = [
  ...kubernetesFeatures,
  ...kubeProxyFeatures,
  ...flannelFeatures,
  ...calicoFeatures,
  ciliumFeature,
  ...ciliumTunnels,
  ...ciliumOptions,
  ...ciliumPolicies,
  ...otherFeatures,
];

export const findFeature = (name: string): Feature | null => features.find((one) => one.name === name) ?? null;

/** A need and all needs inside it. */
export function within(need: Need): readonly Need[] {
  if ("all" in need) return [need, ...need.all.flatMap(within)];
  if ("any" in need) return [need, ...need.any.flatMap(within)];
  if ("tried" in need) return [need, ...within(need.tried), ...within(need.otherwise)];
  return [need];
}

const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort();

const everyNeed: readonly Need[] = [
  lockdownOption,
  ...features.flatMap((one) => one.requirements.flatMap((row: Requirement) => within(row.need))),
];

const withRelatives = (option: string): readonly string[] => {
  const folded = foldedInto(option);
  return [option, ...aliasesOf(option), ...(folded === null ? [] : [folded.into, ...aliasesOf(folded.into)])];
};

/** What a look has to read so that every feature can be judged. */
export const asked = {
  options: sorted(everyNeed.flatMap((need) => ("option" in need ? withRelatives(need.option) : []))),
  modules: sorted(
    everyNeed.flatMap((need) => ("option" in need ? withRelatives(need.option).flatMap(modulesOf).flatMap(namesOf) : [])),
  ),
  traces: sorted(everyNeed.flatMap((need) => ("option" in need ? withRelatives(need.option).flatMap(tracesOf) : []))),
  sysctls: sorted(everyNeed.flatMap((need) => ("sysctl" in need ? [need.sysctl] : []))),
  tools: sorted(everyNeed.flatMap((need) => ("tool" in need ? [need.tool] : []))),
  filesystems: sorted(everyNeed.flatMap((need) => ("filesystem" in need ? [need.filesystem] : "bpffs" in need ? ["bpf"] : []))),
  mounts: sorted(everyNeed.flatMap((need) => ("mount" in need ? [need.mount] : "bpffs" in need ? ["/sys/fs/bpf"] : []))),
} as const;
