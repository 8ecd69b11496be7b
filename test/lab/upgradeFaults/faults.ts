import type { Scenario } from "../scenarios/scenario.ts";

const manifest = (it: Scenario, objects: readonly unknown[]): Promise<string> => {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  return it.kubectl(`apply -f - <<'MANIFEST'\n${list}\nMANIFEST`);
};

const namespace = "faults";
const labels = { app: "web" };

/** Two pods that can go anywhere and end when they are told to. `endsAfter`: seconds that takes. */
export async function workload(it: Scenario, endsAfter = 1): Promise<void> {
  const lifecycle = { preStop: { sleep: { seconds: endsAfter } } };
  await manifest(it, [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: endsAfter + 5,
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: labels },
              },
            ],
            containers: [
              {
                name: "web",
                image: "docker.io/library/busybox:1.36",
                command: ["/bin/busybox", "httpd", "-f", "-p", "8080"],
                lifecycle,
              },
            ],
          },
        },
      },
    },
  ]);
  await it.kubectl(`-n ${namespace} rollout status deployment/web --timeout=120s`);
}

/** A budget that wants all of the workload's pods to stay. */
export const neverYields = (it: Scenario): Promise<string> =>
  manifest(it, [
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "never", namespace },
      spec: { minAvailable: 2, selector: { matchLabels: labels } },
    },
  ]);

/** The kubelet of that version does not start on the node; every other one does. */
export const badKubelet = (it: Scenario, node: string, version: string): Promise<string> =>
  it.on(
    node,
    `mkdir -p /etc/systemd/system/kubelet.service.d && cat >/etc/systemd/system/kubelet.service.d/99-fault.conf <<'UNIT'
[Service]
ExecStartPre=/bin/sh -c 'case "$$(/usr/local/bin/kubelet --version)" in *v${version}*) echo "unknown flag: --no-such-flag" >&2; exit 1;; esac'
UNIT
systemctl daemon-reload`,
  );

/** SSH to the node is cut for so long, both ways, without a word to either end; all else goes on. Ends by itself. */
export const cutSsh = (it: Scenario, node: string, seconds: number): Promise<string> =>
  it.on(
    node,
    `cat >/run/cut.nft <<'RULES'
table inet cut {
  chain in { type filter hook input priority -300; tcp dport 22 drop; }
  chain out { type filter hook output priority -300; tcp sport 22 drop; }
}
RULES
systemd-run --quiet --on-active=2s nft -f /run/cut.nft
systemd-run --quiet --on-active=${seconds + 2}s nft delete table inet cut`,
  );

/** The lab's registry refuses this node. The answer ends it. */
export async function refuseRegistry(it: Scenario, node: string): Promise<() => Promise<string>> {
  const rule = "chain out { type filter hook output priority -300; tcp dport 5000 reject with tcp reset; }";
  await it.on(node, `nft -f - <<'RULES'\ntable inet gone {\n${rule}\n}\nRULES`);
  return () => it.on(node, "nft delete table inet gone");
}

/** Programs get a disk of their own with `spareMb` of room. The answers fill it to the brim, and put the old one back. */
export async function smallStore(it: Scenario, node: string, spareMb: number) {
  const store = "/opt/provision";
  await it.on(
    node,
    `mkdir -p /run/small && mount -t tmpfs -o size=$(($(du -sm ${store} | cut -f1) + ${spareMb}))m tmpfs /run/small
cp -a ${store}/. /run/small/ && mount --bind /run/small ${store} && umount /run/small`,
  );
  return {
    fill: () => it.on(node, `head -c ${spareMb - 5}M /dev/zero >${store}/.fill; true`),
    end: () => it.on(node, `umount -l ${store}`),
  };
}

/** As if nothing of that version had been brought to the node yet. */
export const unstage = (it: Scenario, node: string, version: string): Promise<string> =>
  it.on(
    node,
    `rm -rf /opt/provision/store/{kubelet,kubeadm}-${version}-*; ctr -n k8s.io images rm registry.k8s.io/kube-proxy:v${version} 2>&1; true`,
  );

/** The node's clock jumps. A container shares its host's clock, so it is date(1), which is asked, that goes wrong. The answer ends it. */
export async function clockJump(it: Scenario, node: string, by: string): Promise<() => Promise<string>> {
  await it.on(
    node,
    `printf '#!/bin/sh\\nexec /usr/bin/date -d "${by}" "$@"\\n' >/usr/local/sbin/date; chmod +x /usr/local/sbin/date`,
  );
  return () => it.on(node, "rm /usr/local/sbin/date");
}

/**
 * From the moment kubeadm has changed etcd's manifest on the node, etcd is started with an option it does not know, whoever writes the manifest.
 * The answer ends that, and leaves the manifest as it is then.
 */
export async function brokenEtcd(it: Scenario, node: string): Promise<() => Promise<string>> {
  await it.on(
    node,
    `cp /etc/kubernetes/manifests/etcd.yaml /run/etcd.yaml
cat >/run/break-etcd <<'SH'
cd /etc/kubernetes/manifests
while cmp -s etcd.yaml /run/etcd.yaml || [ ! -s etcd.yaml ]; do sleep 0.1; done
while :; do
  grep -q no-such-option etcd.yaml 2>/dev/null || { [ ! -s etcd.yaml ] || sed -i 's/^    - etcd$/    - etcd\\n    - --no-such-option/' etcd.yaml; }
  sleep 0.2
done
SH
systemd-run --quiet --unit break-etcd /bin/sh /run/break-etcd`,
  );
  return () => it.on(node, "systemctl stop break-etcd; rm /run/break-etcd /run/etcd.yaml");
}
