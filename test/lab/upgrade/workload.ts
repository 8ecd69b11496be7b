import { clientScript } from "./clientScript.ts";

export const NAMESPACE = "traffic";
export const NODE_PORT = 30090;
export const REPLICAS = 4;
/** On every node: what its clients counted. Outlives their pods, so a client that began anew shows. */
export const COUNTS = "/var/lib/provision-traffic";

const image = "docker.io/library/busybox:1.36";
const labels = { app: "web" };
// Without a request a pod gets next to nothing of a busy machine: a client that cannot run sends nothing.
const resources = { requests: { cpu: "50m", memory: "8Mi" } };

/** A web server behind a Service that a careful owner would write: a budget, spread over nodes, and pods that serve on while they are being withdrawn. */
export const web = {
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: NAMESPACE, labels: { "pod-security.kubernetes.io/enforce": "privileged" } }, // the clients' hostPath
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: NAMESPACE },
      spec: { type: "NodePort", selector: labels, ports: [{ port: 80, targetPort: 8080, nodePort: NODE_PORT }] },
    },
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "web", namespace: NAMESPACE },
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: NAMESPACE },
      spec: {
        replicas: REPLICAS,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            // "DoNotSchedule" would count a cordoned node's 0 pods and keep replacements pending.
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: labels },
              },
            ],
            terminationGracePeriodSeconds: 30,
            volumes: [
              { name: "www", downwardAPI: { items: [{ path: "index.html", fieldRef: { fieldPath: "metadata.name" } }] } },
            ],
            containers: [
              {
                name: "web",
                image,
                resources,
                command: ["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"],
                volumeMounts: [{ name: "www", mountPath: "/www" }],
                // A loaded machine is no reason to take a pod out: what is measured is the upgrade.
                readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 5 },
                // httpd ends at once when told to: it is told when every kube-proxy has long withdrawn it.
                lifecycle: { preStop: { sleep: { seconds: 10 } } },
              },
            ],
          },
        },
      },
    },
  ],
};

const client = (name: string, address: string, port: number) => ({
  name,
  image,
  resources,
  command: ["/bin/busybox", "sh", "-c", clientScript, "sh", name, address, String(port)],
  env: [{ name: "NODE_ADDRESS", valueFrom: { fieldRef: { fieldPath: "status.hostIP" } } }],
  volumeMounts: [{ name: "counts", mountPath: "/counts" }],
});

/** One pod on every node, with a client for each way to the service: its ClusterIP, its name, and the node's own NodePort. */
export const nodeClients = (clusterIp: string, dnsDomain: string) => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "clients", namespace: NAMESPACE },
  spec: {
    selector: { matchLabels: { app: "clients" } },
    template: {
      metadata: { labels: { app: "clients" } },
      spec: {
        tolerations: [{ operator: "Exists" }],
        terminationGracePeriodSeconds: 1,
        // The default gives a lost question 5 s, more than a request has.
        dnsConfig: {
          options: [
            { name: "timeout", value: "1" },
            { name: "attempts", value: "3" },
          ],
        },
        volumes: [{ name: "counts", hostPath: { path: COUNTS, type: "DirectoryOrCreate" } }],
        containers: [
          client("cluster-ip", clusterIp, 80),
          client("name", `web.${NAMESPACE}.svc.${dnsDomain}.`, 80),
          client("node-port", "$(NODE_ADDRESS)", NODE_PORT),
        ],
      },
    },
  },
});
