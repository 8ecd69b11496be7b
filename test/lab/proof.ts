import { setTimeout as pause } from "node:timers/promises";
import { makeConnect } from "../../src/host/connect.ts";
import type { Host } from "../../src/host/host.ts";
import { sh } from "../../src/host/sh.ts";
import { loadInventory } from "../../src/inventory/loadInventory.ts";
import { controlPlanes } from "../../src/model/cluster.ts";

/** One thing that was tried on the running cluster, and what came of it. */
export interface Proof {
  readonly what: string;
  readonly from: string;
  readonly seen: string;
  readonly ok: boolean;
}

const nodePort = 30080;

/** Three pods that answer with the name of the pod, behind a ClusterIP and a NodePort. They meet the "restricted" Pod Security level. */
export const workload = {
  apiVersion: "v1",
  kind: "List",
  items: [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "proof" } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "hello", namespace: "proof" },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: "hello" } },
        template: {
          metadata: { labels: { app: "hello" } },
          spec: {
            securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: "RuntimeDefault" } },
            tolerations: [{ operator: "Exists" }],
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: { app: "hello" } },
              },
            ],
            terminationGracePeriodSeconds: 3, // it serves until killed, while kube-proxy takes it out
            volumes: [{ name: "www", emptyDir: {} }], // an image's own folders are not this user's
            containers: [
              {
                name: "hello",
                image: "docker.io/library/busybox:1.36",
                command: ["/bin/busybox", "sh", "-c", "hostname >/www/index.html && exec busybox httpd -f -p 8080 -h /www"],
                volumeMounts: [{ name: "www", mountPath: "/www" }],
                readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "hello", namespace: "proof" },
      spec: { type: "NodePort", selector: { app: "hello" }, ports: [{ port: 80, targetPort: 8080, nodePort }] },
    },
  ],
};

/** Puts the workload on the cluster and asks it from every node: ClusterIP, NodePort, cluster DNS, and which rules answer. Removes it again. */
export async function prove(
  inventory: string,
  around: { readonly cwd: string; readonly home: string; readonly env: NodeJS.ProcessEnv },
): Promise<readonly Proof[]> {
  const { cluster } = await loadInventory(inventory, around);
  const connect = makeConnect(cluster, { acceptNewHostKeys: false, env: around.env });
  const hosts = new Map<string, Host>(
    await Promise.all(cluster.nodes.map(async (node) => [node.name, await connect(node.name)] as const)),
  );
  const plane = hosts.get(controlPlanes(cluster)[0]?.name ?? "") as Host;
  const kubectl = async (args: string, stdin?: string): Promise<string> => {
    const reply = await plane.run(`KUBECONFIG=/etc/kubernetes/admin.conf kubectl ${args}`, {
      timeout: 130_000,
      ...(stdin === undefined ? {} : { stdin }),
    });
    if (reply.code !== 0) throw new Error(`kubectl ${args}: ${reply.stderr.trim()}`);
    return reply.stdout.trim();
  };
  try {
    await kubectl("delete namespace proof --ignore-not-found --timeout=60s"); // the end of an earlier proof's, whose ports it holds
    await kubectl("apply -f -", JSON.stringify(workload));
    await kubectl("-n proof rollout status deployment/hello --timeout=120s");
    const address = await kubectl("-n proof get service hello -o jsonpath={.spec.clusterIP}");
    const mode = cluster.network.kubeProxy.mode;
    const rules =
      mode === "nftables"
        ? sh`nft list table ip kube-proxy | grep -c proof/hello`
        : sh`iptables-save -t nat | grep -c proof/hello`;
    const asked = cluster.nodes.flatMap((node) => {
      const ask = async (what: string, script: string): Promise<Proof> => {
        // kube-proxy follows a new Service at its own pace: a second or so after its pods are ready.
        for (let left = 15; ; left--) {
          const reply = await (hosts.get(node.name) as Host).run(script);
          const seen = reply.stdout.trim() || reply.stderr.trim();
          const ok = reply.code === 0 && seen !== "";
          if (ok || left === 0) return { what, from: node.name, seen, ok };
          await pause(500);
        }
      };
      const other = cluster.nodes[(cluster.nodes.indexOf(node) + 1) % cluster.nodes.length] ?? node;
      return [
        ask("ClusterIP", sh`curl -sS --max-time 5 ${`http://${address}/`}`.text),
        ask(`NodePort of ${other.name}`, sh`curl -sS --max-time 5 ${`http://${other.address}:${nodePort}/`}`.text),
        ask(`${mode} rules`, rules.text),
      ];
    });
    const names = kubectl(`-n proof exec deployment/hello -- busybox nslookup hello.proof.svc.${cluster.network.dnsDomain}`).then(
      (text): Proof => ({ what: "cluster DNS", from: "a pod", seen: text.split("\n").at(-1) ?? "", ok: text.includes(address) }),
    );
    return await Promise.all([...asked, names]);
  } finally {
    await kubectl("delete namespace proof --wait=false --ignore-not-found").catch(() => "");
    await Promise.all([...hosts.values()].map((host) => host.close()));
  }
}
