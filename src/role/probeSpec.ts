/** Cluster DNS answers HTTP with its health plug-in: its image is on every node already. */
export const probePort = 8080;

/** What a container runs as that needs nothing of its machine. */
const securityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  // Upstream's program carries this capability in its file: without it in the set, the kernel refuses to start it.
  capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
};

/** A pod that answers on `probePort`, as restricted as pods can be. `image`: cluster DNS's, pinned. Its settings are ConfigMap "probe". */
export const probeSpec = (image: string, env: Readonly<Record<string, string>> = {}) => ({
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
      ...(Object.keys(env).length === 0 ? {} : { env: Object.entries(env).map(([name, value]) => ({ name, value })) }),
      securityContext,
      readinessProbe: { httpGet: { path: "/health", port: probePort }, periodSeconds: 1 },
      volumeMounts: [{ name: "config", mountPath: "/etc/coredns" }],
    },
  ],
  volumes: [{ name: "config", configMap: { name: "probe" } }],
});

/** Where such pods are let in. */
export const probeNamespaceOf = (name: string) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
});
