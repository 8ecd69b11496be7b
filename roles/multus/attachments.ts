import { z } from "zod";
import { type Fact, FactError } from "../../src/facts/fact.ts";
import { sh } from "../../src/host/sh.ts";
import { jsonOrNull } from "../../src/model/jsonOrNull.ts";
import type { NetworkAttachment } from "../../src/model/multus.ts";
import { multus } from "../../src/network/multus.ts";
import { factsIf } from "../../src/role/factsIf.ts";
import { partLabel } from "../../src/role/objects/overlay.ts";
import { clusterStep } from "../../src/role/step.ts";
import { type Change, changeIf, ok } from "../../src/role/verdict.ts";
import { definitions } from "./leftFact.ts";

const schema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), namespace: z.string() }),
      spec: z.object({ config: z.string().default("") }).default({ config: "" }),
    }),
  ),
});

/** Definitions that this tool made; none before their kind is known. */
const liveFact: Fact<readonly NetworkAttachment[]> = {
  key: "kube network attachments",
  script: sh`[ -n "$(k get crd ${definitions} --ignore-not-found -o name)" ] || { echo '{"items":[]}'; exit 0; }
k get ${definitions} -A -l ${`${partLabel}=multus`} -o json`,
  parse: ({ code, stdout }) => {
    const parsed = schema.safeParse(code === 0 ? jsonOrNull(stdout) : null);
    if (!parsed.success)
      throw new FactError(
        "network attachments",
        "the cluster's NetworkAttachmentDefinitions are not understood",
        stdout.slice(0, 200),
      );
    return parsed.data.items.map(({ metadata, spec }) => ({ ...metadata, config: spec.config }));
  },
};

export const definition = ({ name, namespace, config }: NetworkAttachment): object => ({
  apiVersion: "k8s.cni.cncf.io/v1",
  kind: "NetworkAttachmentDefinition",
  metadata: { name, namespace, labels: { [partLabel]: "multus" } },
  spec: { config },
});

const nameOf = ({ namespace, name }: NetworkAttachment): string => `${namespace}/${name}`;

export const attachments = clusterStep({
  id: "multus/attachments",
  summary: "the inventory's NetworkAttachmentDefinitions are there",
  after: ["multus/installed"],
  kube: ({ cluster }) => factsIf(multus.inUse(cluster), { live: liveFact }),
  check: ({ kube, cluster }) => {
    const wanted = cluster.network.multus?.attachments ?? [];
    if (!multus.inUse(cluster)) return ok;
    const live = new Map((kube?.live ?? []).map((one) => [nameOf(one), one.config]));
    const target = (name: string): string => `NetworkAttachmentDefinition ${name}`;
    const changes = wanted.flatMap((one): readonly Change[] => {
      const before = live.get(nameOf(one));
      if (before === one.config) return [];
      if (before === undefined) return [{ what: "object", action: "create", target: target(nameOf(one)) }];
      const detail = "pods that have it keep it as it was until they are made anew";
      return [{ what: "object", action: "update", target: target(nameOf(one)), detail, before, after: one.config }];
    });
    const names = new Set(wanted.map(nameOf));
    const gone = [...live.keys()].filter((name) => !names.has(name));
    const detail = "pods that have it keep it; none can start with it any more";
    return changeIf([
      ...changes,
      ...gone.map((name): Change => ({ what: "object", action: "delete", target: target(name), detail })),
    ]);
  },
  apply: ({ kube, cluster }) => {
    const wanted = cluster.network.multus?.attachments ?? [];
    const names = new Set(wanted.map(nameOf));
    const gone = (kube?.live ?? []).filter((one) => !names.has(nameOf(one)));
    const namespaces = [...new Set(wanted.map(({ namespace }) => namespace))];
    const scripts = [
      sh`set -e`,
      sh`for n in ${namespaces.length === 0 ? ["default"] : namespaces}; do [ -n "$(k get namespace "$n" --ignore-not-found -o name)" ] || k create namespace "$n" >/dev/null; done`,
      ...(wanted.length === 0
        ? []
        : [sh`k apply --server-side --force-conflicts --field-manager provision --validate=strict -f - >/dev/null`]),
      ...gone.map(({ namespace, name }) => sh`k -n ${namespace} delete ${definitions} ${name} --ignore-not-found >/dev/null`),
    ];
    const stdin = JSON.stringify({ apiVersion: "v1", kind: "List", items: wanted.map(definition) });
    return [
      { kind: "run", where: "control-plane", summary: "apply NetworkAttachmentDefinitions", script: sh.lines(scripts), stdin },
    ];
  },
});
