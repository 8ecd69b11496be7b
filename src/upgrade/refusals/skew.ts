import { controlPlaneVersionsFact } from "../../facts/controlPlaneVersions.ts";
import { nodesFact } from "../../facts/kube.ts";
import { podsFact } from "../../facts/upgradePods.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { refusal, refuse } from "./refusal.ts";

const source = "https://kubernetes.io/releases/version-skew-policy/";
/** How many minors a kubelet and a kube-proxy may be older than the API servers, and a kube-proxy apart from its kubelet. */
const oldest = 3;

/** 35 of "v1.35.4" and of "1.35.4-0"; null for what is no version of Kubernetes 1. */
export const minorNumber = (version: string): number | null => {
  const minor = /^v?1\.(\d+)\./.exec(version)?.[1];
  return minor === undefined ? null : Number(minor);
};

/** A component of one node with what it says its version is. */
interface Seen {
  readonly node: string;
  readonly version: string;
  readonly minor: number;
}

const seenOn = (versions: Iterable<readonly [string, string]>): readonly Seen[] =>
  [...versions].flatMap(([node, version]) => {
    const minor = minorNumber(version);
    return minor === null ? [] : [{ node, version: version.replace(/^v/, ""), minor }];
  });

/** The rows of version-skew-policy, for the cluster as it is and as it would be with new API servers. Every live node counts, inventory or not. */
export const skew = refusal({
  name: "skew",
  kube: () => ({ planes: controlPlaneVersionsFact, nodes: nodesFact, pods: podsFact }),
  judge: ({ hop, kube: { planes, nodes, pods } }): readonly Diagnostic[] => {
    const to = minorNumber(hop.to);
    const of = (component: string): readonly Seen[] => seenOn(planes.get(component) ?? []);
    const servers = of("kube-apiserver");
    if (to === null || servers.length === 0) return [];
    const lowest = servers.reduce((a, b) => (b.minor < a.minor ? b : a));
    const highest = servers.reduce((a, b) => (b.minor > a.minor ? b : a));
    const kubelets = seenOn(nodes.map(({ metadata, status }) => [metadata.name, status.nodeInfo.kubeletVersion]));
    const proxies = seenOn(
      pods
        .filter(({ labels, namespace, node }) => namespace === "kube-system" && labels["k8s-app"] === "kube-proxy" && node !== "")
        .map(({ node, images }) => [node, /:(v[^:@/]+)(?:@|$)/.exec(images[0] ?? "")?.[1] ?? ""]),
    );
    return [
      ...apiServers(lowest, highest, to),
      ...ofNodes("kubelet", kubelets, lowest, highest, to),
      ...ofNodes("kube-proxy", proxies, lowest, highest, to),
      ...apart(proxies, kubelets),
      ...["kube-controller-manager", "kube-scheduler"].flatMap((name) => managers(name, of(name), servers, to)),
    ];
  },
});

function apiServers(lowest: Seen, highest: Seen, to: number): readonly Diagnostic[] {
  const hint = `API servers of one cluster are at most one minor apart (${source})`;
  if (highest.minor - lowest.minor > 1)
    return [
      refuse("skew-api-servers", {
        message: `API servers run ${lowest.version} (${lowest.node}) and ${highest.version} (${highest.node})`,
        hint: `bring ${lowest.node} to a version between first; ${hint}`,
      }),
    ];
  if (to - lowest.minor <= 1) return [];
  return [
    refuse("skew-api-servers", {
      node: lowest.node,
      message: `its API server runs ${lowest.version}, more than one minor before 1.${to}`,
      hint: `upgrade to 1.${lowest.minor + 1} first; ${hint}`,
    }),
  ];
}

function ofNodes(name: string, all: readonly Seen[], lowest: Seen, highest: Seen, to: number): readonly Diagnostic[] {
  return all.flatMap(({ node, version, minor }) => {
    if (minor > lowest.minor)
      return [
        refuse(`skew-${name}`, {
          node,
          message: `its ${name} runs ${version}, newer than the API server of ${lowest.node} (${lowest.version})`,
          hint: `bring that API server up first, or this ${name} down: it may not be newer than any API server (${source})`,
        }),
      ];
    const newest = Math.max(highest.minor, to);
    if (newest - minor <= oldest) return [];
    const when =
      highest.minor - minor > oldest ? "too old for the API servers as they are" : `too old once the API servers run 1.${to}`;
    return [
      refuse(`skew-${name}`, {
        node,
        message: `its ${name} runs ${version}: ${when}`,
        hint: `bring it to 1.${newest - oldest} or newer first: it is at most ${oldest} minors older than the API servers (${source})`,
      }),
    ];
  });
}

function apart(proxies: readonly Seen[], kubelets: readonly Seen[]): readonly Diagnostic[] {
  return proxies.flatMap(({ node, version, minor }) => {
    const kubelet = kubelets.find((one) => one.node === node);
    if (kubelet === undefined || Math.abs(kubelet.minor - minor) <= oldest) return [];
    return [
      refuse("skew-kube-proxy-kubelet", {
        node,
        message: `its kube-proxy runs ${version} and its kubelet ${kubelet.version}`,
        hint: `bring the older one up first: they are at most ${oldest} minors apart (${source})`,
      }),
    ];
  });
}

/** These talk to the API server of their own node, which an upgrade that was broken off may have brought ahead of others. */
function managers(name: string, all: readonly Seen[], servers: readonly Seen[], to: number): readonly Diagnostic[] {
  const rule = `it is not newer than the API server it talks to, and at most one minor older (${source})`;
  return all.flatMap(({ node, version, minor }) => {
    const server = servers.find((one) => one.node === node);
    const newer = server !== undefined && minor > server.minor;
    if (!newer && Math.max(server?.minor ?? to, to) - minor <= 1) return [];
    const beside = server === undefined ? "" : `, its API server ${server.version}`;
    return [
      refuse(`skew-${name}`, {
        node,
        message: newer
          ? `its ${name} runs ${version}${beside}`
          : `its ${name} runs ${version}: too old beside API servers of 1.${to}`,
        hint: `bring both to one version first, with kubeadm upgrade on ${node}: ${rule}`,
      }),
    ];
  });
}
