export const connectivityNamespace = "provision-connectivity";
const app = { app: "probe" };
/** Cluster DNS listens with its health plug-in: an image that is on every node already answers HTTP. */
export const probePort = 8080;

const metadata = (name: string) => ({ name, namespace: connectivityNamespace, labels: app });

/** One ordinary pod on every node, as restricted as pods can be, and a Service before them. `image`: cluster DNS's, pinned. */
export function connectivityObjects(image: string): readonly object[] {
  return [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: connectivityNamespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    },
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
    spec: {
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      tolerations: [{ operator: "Exists" }],
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "probe",
          image,
          imagePullPolicy: "IfNotPresent",
          args: ["-conf", "/etc/coredns/Corefile"],
          // Upstream's program carries this capability in its file: without it in the set, the kernel refuses to start it.
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
          },
          readinessProbe: { httpGet: { path: "/health", port: probePort }, periodSeconds: 1 },
          volumeMounts: [{ name: "config", mountPath: "/etc/coredns" }],
        },
      ],
      volumes: [{ name: "config", configMap: { name: "probe" } }],
    },
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
