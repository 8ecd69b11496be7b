import { probeNamespaceOf, probePort, probeSpec } from "../role/probeSpec.ts";

export const connectivityNamespace = "provision-connectivity";
const app = { app: "probe" };

const metadata = (name: string) => ({ name, namespace: connectivityNamespace, labels: app });

/** One ordinary pod on every node, as restricted as pods can be, and a Service before them. `image`: cluster DNS's, pinned. */
export function connectivityObjects(image: string): readonly object[] {
  return [
    probeNamespaceOf(connectivityNamespace),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata("probe"),
      data: { Corefile: `.:5353 {\n  health :${probePort}\n}\n` },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata("probe"),
      spec: { selector: app, ports: [{ port: 80, targetPort: probePort }] },
    },
    { apiVersion: "apps/v1", kind: "DaemonSet", metadata: metadata("probe"), spec: daemonSet(image) },
  ];
}

const daemonSet = (image: string) => ({
  selector: { matchLabels: app },
  template: {
    metadata: { labels: app },
    spec: probeSpec(image),
  },
});

const policy = (ingress: readonly object[]) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: metadata("probe"),
  spec: { podSelector: { matchLabels: app }, policyTypes: ["Ingress"], ingress },
});

/** Nobody may come in; then the probes among each other. */
export const denyPolicy = policy([]);
export const allowPolicy = policy([{ from: [{ podSelector: { matchLabels: app } }] }]);
