import type { StoredPolicy } from "../../src/facts/policies.ts";
import { compareMinors } from "../../src/model/versions.ts";
import { dict, type KubeObject, list } from "../../src/role/objects/kubeObject.ts";
import type { Reason } from "../../src/role/verdict.ts";

interface PolicyTrouble {
  /** The target version refuses or ignores them. */
  readonly broken: readonly Reason[];
  /** They mean something else there. */
  readonly changed: readonly Reason[];
}

interface Look {
  readonly since: string;
  readonly breaks: boolean;
  readonly code: string;
  readonly says: string;
  readonly hint: string;
  readonly hits: (policy: StoredPolicy, rules: readonly KubeObject[]) => boolean;
}

const source = "cilium/cilium Documentation/operations/upgrade.rst, 1.19 Upgrade Notes";

const looks: readonly Look[] = [
  {
    since: "1.19",
    breaks: true,
    code: "cilium/policy-requires",
    says: "uses fromRequires or toRequires, which 1.19 refuses",
    hint: "say it with fromEndpoints, toEndpoints and deny rules before the upgrade",
    hits: (_policy, rules) => rules.some((rule) => isFilled(rule.fromRequires) || isFilled(rule.toRequires)),
  },
  {
    since: "1.19",
    breaks: true,
    code: "cilium/bgp-policy",
    says: "is of the first BGP control plane, which 1.19 does not have",
    hint: "write it as CiliumBGPClusterConfig, CiliumBGPPeerConfig and CiliumBGPAdvertisement (cilium.io/v2) before the upgrade",
    hits: ({ kind }) => kind === "CiliumBGPPeeringPolicy",
  },
  {
    since: "1.19",
    breaks: false,
    code: "cilium/policy-pattern",
    says: "has a DNS pattern that begins with **. and matches several levels of subdomains from 1.19 on",
    hint: "write *. where one level is meant",
    hits: (_policy, rules) => rules.some((rule) => patternsOf(rule).some((pattern) => pattern.startsWith("**."))),
  },
  {
    since: "1.19",
    breaks: false,
    code: "cilium/policy-kafka",
    says: "has Kafka rules: deprecated in 1.19, gone in 1.20",
    hint: "allow the port instead",
    hits: (_policy, rules) => rules.some((rule) => portsOf(rule).some((port) => isFilled(dict(port.rules).kafka))),
  },
  {
    since: "1.19",
    breaks: false,
    code: "cilium/policy-authentication",
    says: "asks for mutual authentication, which 1.19 leaves out unless authentication.enabled is set",
    hint: "set network.cni.values.authentication.enabled: true",
    hits: (_policy, rules) => rules.some((rule) => rule.authentication !== undefined),
  },
];

/** What stored policies mean after a change from one minor to another; nothing for a way back. Source: `source`. */
export function policyTrouble(policies: readonly StoredPolicy[], from: string, to: string): PolicyTrouble {
  const due = looks.filter(({ since }) => compareMinors(from, since) < 0 && compareMinors(to, since) >= 0);
  const found = policies
    .filter(({ kind }) => kind.startsWith("Cilium"))
    .flatMap((policy) => {
      const rules = rulesOf(policy);
      return due.filter((look) => look.hits(policy, rules)).map((look) => ({ look, reason: reasonOf(policy, look) }));
    });
  const pick = (breaks: boolean): readonly Reason[] =>
    found.filter(({ look }) => look.breaks === breaks).map(({ reason }) => reason);
  return { broken: pick(true), changed: pick(false) };
}

const reasonOf = ({ kind, metadata }: StoredPolicy, { code, says, hint }: Look): Reason => ({
  code,
  message: `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name} ${says}`,
  hint: `${hint} (${source})`,
});

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

/** All rules of a policy: allowing and denying, in and out. */
export function rulesOf({ spec, specs }: StoredPolicy): readonly KubeObject[] {
  return [...(spec == null ? [] : [dict(spec)]), ...list(specs)].flatMap((one) =>
    ["ingress", "ingressDeny", "egress", "egressDeny"].flatMap((direction) => list(one[direction])),
  );
}

const portsOf = (rule: KubeObject): readonly KubeObject[] => list(rule.toPorts);

const patternsOf = (rule: KubeObject): readonly string[] =>
  [...list(rule.toFQDNs), ...portsOf(rule).flatMap((port) => list(dict(port.rules).dns))].flatMap(({ matchPattern }) =>
    typeof matchPattern === "string" ? [matchPattern] : [],
  );
