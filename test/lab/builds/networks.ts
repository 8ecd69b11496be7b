import { LabError } from "../LabError.ts";
import { calico } from "./calico.ts";
import { cilium, ciliumUserland } from "./cilium.ts";
import type { Component } from "./component.ts";
import { flannel } from "./flannel.ts";
import { helm } from "./helm.ts";
import { multus } from "./multus.ts";
import { retinaStandIn, retinaStandInChart } from "./retinaStandIn.ts";
import { VERSIONS } from "./versions.ts";

interface Network {
  /** All that the lab can build, the newest first. */
  readonly versions: readonly string[];
  readonly components: (version: string) => readonly Component[];
}

/** One version of one network: "cilium@1.18.5". */
export type NetworkPick = `${NetworkName}@${string}`;
export type NetworkName = "flannel" | "calico" | "multus" | "cilium" | "retina";

/** What a lab serves only when asked; the newest flannel is in every lab. */
const NETWORKS: Readonly<Record<NetworkName, Network>> = {
  flannel: { versions: [VERSIONS.flannel, VERSIONS.flannelBefore], components: (version) => [flannel(version)] },
  calico: { versions: [VERSIONS.calico], components: (version) => [calico(version)] },
  multus: { versions: [VERSIONS.multus, VERSIONS.multusBefore], components: (version) => [multus(version)] },
  cilium: {
    versions: [VERSIONS.cilium, VERSIONS.ciliumBefore],
    components: (version) => [cilium(version), ciliumUserland, helm],
  },
  // A stand-in: neither Retina's images nor its chart can be had.
  retina: {
    versions: [VERSIONS.retina, VERSIONS.retinaBefore],
    components: (version) => [retinaStandIn(version), retinaStandInChart(version), helm],
  },
};

const NAMES = Object.keys(NETWORKS) as readonly NetworkName[];
const isName = (text: string): text is NetworkName => (NAMES as readonly string[]).includes(text);

const ALSO: Readonly<Record<string, readonly string[]>> = { canal: ["calico", "flannel"], all: NAMES };

/** "cilium,calico@3.28.5" and repeats of the option -> what is to be built: a network without a version is all of its versions. */
export function parseNetworks(values: readonly string[]): readonly NetworkPick[] {
  const words = values
    .flatMap((value) => value.split(","))
    .map((word) => word.trim())
    .flatMap((word) => ALSO[word] ?? [word]);
  const picks = words.flatMap((word): readonly NetworkPick[] => {
    const [name = "", version, ...rest] = word.split("@");
    if (!isName(name) || rest.length > 0)
      throw new LabError(`the lab builds no network "${word}"; it builds ${[...NAMES, ...Object.keys(ALSO)].join(", ")}`);
    const { versions } = NETWORKS[name];
    const wanted = version?.replace(/^v/, "");
    if (wanted !== undefined && !versions.includes(wanted))
      throw new LabError(`the lab builds ${name} ${versions.join(" and ")}, not "${version}"`);
    return (wanted === undefined ? versions : [wanted]).map((one): NetworkPick => `${name}@${one}`);
  });
  return [...new Set(picks)].sort();
}

/** The versions of a network among the picks. */
export const picked = (picks: readonly NetworkPick[], name: NetworkName): readonly string[] =>
  picks.filter((pick) => pick.startsWith(`${name}@`)).map((pick) => pick.slice(name.length + 1));

/** Without the flannel that every lab has. */
export function networkComponents(picks: readonly NetworkPick[]): readonly Component[] {
  const wanted = NAMES.flatMap((name) => picked(picks, name).flatMap((version) => NETWORKS[name].components(version)));
  const unique = new Map(wanted.map((component) => [`${component.name} ${component.version}`, component]));
  unique.delete(`flannel ${VERSIONS.flannel}`);
  return [...unique.values()];
}

/** Names of the components that only networks need; "flannel" comes with and without. */
export const NETWORK_COMPONENTS: ReadonlySet<string> = new Set(
  NAMES.flatMap((name) => NETWORKS[name].versions.flatMap((version) => NETWORKS[name].components(version).map((c) => c.name))),
);
