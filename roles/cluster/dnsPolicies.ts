import type { StoredPolicy } from "../../src/facts/policies.ts";
import { dict, type KubeObject, list } from "../../src/role/objects/kubeObject.ts";
import type { Reason } from "../../src/role/verdict.ts";

const dnsPort = 53;
/** Labels of cluster DNS's pods: kubeadm's own Deployment. */
const dnsLabels: Readonly<Record<string, string>> = { "k8s-app": "kube-dns" };
const dnsNamespace = "kube-system";

const hint = "allow UDP and TCP 53 beside it, or exclude these pods";
const nameOf = ({ kind, metadata }: StoredPolicy): string =>
  `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;

/** Policies that leave whole namespaces without names, or cluster DNS without questions. Looks at what is certain: selectors of all pods, and of DNS. */
export function dnsTrouble(policies: readonly StoredPolicy[]): readonly Reason[] {
  const rules = policies.flatMap(rulesOf);
  const outward = rules.filter(({ direction }) => direction === "egress").filter(({ selector }) => isEmpty(selector));
  const cutOff = outward.filter(
    (one) => !outward.some((other) => (other.namespace === null || other.namespace === one.namespace) && opens(other)),
  );
  const inward = rules.filter(
    ({ direction, namespace }) => direction === "ingress" && (namespace === null || namespace === dnsNamespace),
  );
  const ofDns = inward.filter(({ selector }) => selects(selector, dnsLabels));
  const closed = ofDns.some(opens) ? [] : ofDns;
  return [
    ...cutOff.map(({ policy, namespace }) => ({
      code: "cluster/policy-no-dns",
      message: `${nameOf(policy)} allows no pod of ${namespace ?? "any namespace"} to ask cluster DNS`,
      hint,
    })),
    ...closed.map(({ policy }) => ({
      code: "cluster/policy-closes-dns",
      message: `${nameOf(policy)} closes port 53 of cluster DNS itself`,
      hint,
    })),
  ];
}

interface DirectionRules {
  readonly policy: StoredPolicy;
  /** null: all. */
  readonly namespace: string | null;
  readonly selector: KubeObject;
  readonly direction: "ingress" | "egress";
  readonly allows: readonly KubeObject[];
}

/** The policy's rules by direction, where it closes what it does not allow. */
function rulesOf(policy: StoredPolicy): readonly DirectionRules[] {
  const specs = [...(policy.spec == null ? [] : [dict(policy.spec)]), ...list(policy.specs)];
  return specs.flatMap((spec) => {
    const isCilium = policy.kind.startsWith("Cilium");
    if (isCilium && spec.endpointSelector === undefined) return [];
    const selector = dict(isCilium ? spec.endpointSelector : spec.podSelector);
    const types = Array.isArray(spec.policyTypes) ? spec.policyTypes : null;
    const deny = dict(spec.enableDefaultDeny);
    return (["ingress", "egress"] as const).flatMap((direction): readonly DirectionRules[] => {
      const named = isCilium
        ? spec[direction] !== undefined && deny[direction] !== false
        : (types?.includes(direction === "ingress" ? "Ingress" : "Egress") ??
          (direction === "ingress" || spec.egress !== undefined));
      if (!named) return [];
      const namespace = policy.metadata.namespace ?? null;
      return [{ policy, namespace, selector, direction, allows: list(spec[direction]) }];
    });
  });
}

const isEmpty = (selector: KubeObject): boolean =>
  Object.keys(dict(selector.matchLabels)).length === 0 && list(selector.matchExpressions).length === 0;

/** Expressions are not judged: a selector with one may mean other pods. */
const selects = (selector: KubeObject, labels: Readonly<Record<string, string>>): boolean =>
  list(selector.matchExpressions).length === 0 &&
  Object.entries(dict(selector.matchLabels)).every(([key, value]) => labels[key.replace(/^(?:k8s|any):/, "")] === value);

/** A rule lets port 53 through, to whomever: a rule that names others than DNS is given the benefit of the doubt. */
const opens = ({ allows }: DirectionRules): boolean => allows.some(opensPort);

function opensPort(rule: KubeObject): boolean {
  const groups = rule.toPorts === undefined ? null : list(rule.toPorts).flatMap(({ ports }) => list(ports));
  const ports = rule.ports === undefined ? groups : list(rule.ports);
  if (ports === null || ports.length === 0) return true;
  return ports.some(({ port, endPort }) => {
    if (port === undefined) return true;
    if (typeof port === "string" && !/^\d+$/.test(port)) return port.startsWith("dns");
    const first = Number(port);
    return first === 0 || (first <= dnsPort && dnsPort <= (typeof endPort === "number" ? endPort : first));
  });
}
