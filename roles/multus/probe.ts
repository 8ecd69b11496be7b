import type { MultusSpec } from "../../src/model/multus.ts";
import { probeNamespaceOf, probePort, probeSpec } from "../../src/role/probeSpec.ts";

export const probeNamespace = "provision-multus";
/** Stands on every node already and needs no tool in its image: it answers questions, and asks its peers over the second interface. */
const [askedPort, answeringPort] = [5353, 5354] as const;

export { askedPort };

/** Names a probe is asked for, and answers with the address of the peer that answered it. */
export const peers = ["next.probe", "last.probe"] as const;

/**
 * Of the `n`-th node, from 1: link-local, so that it can be nobody's address on that network (RFC 3927; 169.254.20.10 is NodeLocal DNSCache's).
 * For at most 4094 nodes.
 */
export const probeAddress = (n: number): string => `169.254.${64 + (n >> 8)}.${n & 255}`;

const corefile = `.:${askedPort} {
  health :${probePort}
}
${peers[0]}:${askedPort} {
  forward . {$NEXT}:${answeringPort}
}
${peers[1]}:${askedPort} {
  forward . {$LAST}:${answeringPort}
}
.:${answeringPort} {
  hosts {
    {$ADDRESS} ${peers.join(" ")}
  }
}
`;

/** Namespace, definition and settings of the probes. */
export function probeObjects(probe: Exclude<MultusSpec["probe"], { kind: "none" }>): readonly object[] {
  const { kind } = probe;
  const interfaceOf =
    kind === "macvlan"
      ? { type: "macvlan", mode: "bridge", ...(probe.master === null ? {} : { master: probe.master }) }
      : { type: "dummy" };
  const plugin = { ...interfaceOf, capabilities: { ips: true }, ipam: { type: "static" } };
  const namespace = probeNamespace;
  return [
    probeNamespaceOf(namespace),
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "probe", namespace }, data: { Corefile: corefile } },
    {
      apiVersion: "k8s.cni.cncf.io/v1",
      kind: "NetworkAttachmentDefinition",
      metadata: { name: "probe", namespace },
      spec: { config: JSON.stringify({ cniVersion: "0.3.1", name: "provision-probe", plugins: [plugin] }) },
    },
  ];
}

/** One probe; NODE, INDEX, ADDRESS, NEXT and LAST stand for what differs. */
export const probePod = (image: string): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "probe-INDEX",
    namespace: probeNamespace,
    labels: { index: "INDEX" },
    annotations: { "k8s.v1.cni.cncf.io/networks": JSON.stringify([{ name: "probe", interface: "net1", ips: ["ADDRESS/20"] }]) },
  },
  spec: { nodeName: "NODE", dnsPolicy: "Default", ...probeSpec(image, { ADDRESS: "ADDRESS", NEXT: "NEXT", LAST: "LAST" }) },
});
