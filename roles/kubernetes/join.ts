import { type UnitState, unitFact } from "../../src/facts/systemd.ts";
import { type Script, sh } from "../../src/host/sh.ts";
import { initialisedPath } from "../../src/kube/apiPrelude.ts";
import { forgetNode } from "../../src/kube/forgetNode.ts";
import { isControlPlane, type NodeSpec } from "../../src/model/cluster.ts";
import { Secret } from "../../src/model/secret.ts";
import { minorOf } from "../../src/model/versions.ts";
import type { Action, Condition } from "../../src/role/action.ts";
import type { NodeTarget, Target } from "../../src/role/step.ts";

/** "abcdef.0123456789abcdef": one bootstrap token per run. */
export function bootstrapToken({ entropy }: Target): Secret {
  return new Secret(`${entropy("token-id", 3).reveal()}.${entropy("token", 8).reveal()}`);
}

/** host:port that nodes reach the API by. */
export const apiEndpoint = ({ cluster: { endpoint } }: Target): string =>
  endpoint.kind === "external" ? `${endpoint.host}:${endpoint.port}` : `127.0.0.1:${endpoint.port}`;

/** kubeadm's NodeRegistrationOptions. Workers and control planes that take work carry no control-plane taint. */
export function registration({ node, cluster }: NodeTarget): Record<string, unknown> {
  const taints =
    isControlPlane(node) && !node.roles.includes("worker")
      ? [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }]
      : [];
  return {
    name: node.name,
    criSocket: "unix:///run/containerd/containerd.sock",
    imagePullPolicy: "IfNotPresent",
    taints,
    ignorePreflightErrors: cluster.kubernetes.ignorePreflightErrors,
    kubeletExtraArgs: [{ name: "node-ip", value: node.address }],
  };
}

/** Makes this run's bootstrap token known to the cluster, for an hour. A Secret, not `kubeadm token create`, whose argument everybody on the machine could read. */
function publishToken(target: Target): Action {
  const [id, secret] = bootstrapToken(target).reveal().split(".");
  const object = {
    apiVersion: "v1",
    kind: "Secret",
    type: "bootstrap.kubernetes.io/token",
    metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
    stringData: {
      "token-id": id,
      "token-secret": secret,
      description: "provision",
      "usage-bootstrap-authentication": "true",
      "usage-bootstrap-signing": "true",
      "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
    },
  };
  return {
    kind: "run",
    where: "control-plane",
    summary: "publish a bootstrap token",
    script: sh`exp=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ); k apply -f - >/dev/null && k -n kube-system patch secret ${`bootstrap-token-${id}`} --type merge -p "{\\"stringData\\":{\\"expiration\\":\\"$exp\\"}}" >/dev/null`,
    stdin: new Secret(JSON.stringify(object)),
  };
}

const joinConfig = "/run/provision/kubeadm-join.yaml";
const discovery = "/run/provision/kubeadm-discovery.conf";
/** Cluster keys every control plane holds; kubeadm makes the rest of its certificates from them. */
const sharedKeys = [
  "ca.crt",
  "ca.key",
  "sa.key",
  "sa.pub",
  "front-proxy-ca.crt",
  "front-proxy-ca.key",
  "etcd/ca.crt",
  "etcd/ca.key",
];

/** The join as it may still run from an earlier run that died: then it is waited for, and nothing else is touched. */
export const joinUnit = unitFact("provision-kubeadm-join.service");

interface JoinState {
  /** PEM of the cluster's CA: the machine trusts this and nothing it is told over the network. */
  readonly ca: string;
  /** The cluster knows a node of this name although this machine is new to it. */
  readonly stale: boolean;
  readonly unit: UnitState;
}

/** What makes a machine a member of a cluster that is there. */
export function joinActions(target: NodeTarget, { ca, stale, unit }: JoinState): readonly Action[] {
  const { node, render } = target;
  const plane = isControlPlane(node);
  const job: Action = {
    kind: "job",
    name: "kubeadm-join",
    summary: plane ? "kubeadm join as a control plane" : "kubeadm join",
    deadlineSeconds: 300,
    // A join that broke off in the middle leaves files that a new one refuses; nothing of it is in use yet.
    script: sh`if [ -e /etc/kubernetes/kubelet.conf ]; then cp -a /etc/kubernetes/pki /run/provision/pki; kubeadm reset --force; rm -rf /etc/kubernetes/pki; mv /run/provision/pki /etc/kubernetes/pki; fi
kubeadm join --config ${joinConfig} --ignore-preflight-errors=DirAvailable--etc-kubernetes-manifests && ${markInitialised(target)}`,
  };
  const cleanUp: readonly Action[] = [
    { kind: "delete", path: joinConfig },
    { kind: "delete", path: discovery },
  ];
  const known: Action = { kind: "wait", condition: nodeKnown(node) };
  if (unit.active === "active") return [job, known, ...cleanUp];

  const config = render("kubernetes/join.yaml", {
    token: bootstrapToken(target).reveal(),
    discovery,
    registration: registration(target),
    address: plane ? node.address : null,
  });
  const conf = render("kubernetes/discovery.conf", {
    server: `https://${apiEndpoint(target)}`,
    ca: Buffer.from(ca).toString("base64"),
  });
  const encryption = target.cluster.security.encryptSecrets ? ["/etc/kubernetes/provision/encryption.yaml"] : [];
  const keys = [...sharedKeys.map((name) => `/etc/kubernetes/pki/${name}`), ...encryption];
  return [
    ...(stale ? [removeStale(node)] : []),
    publishToken(target),
    ...(plane ? [{ kind: "copy", from: "control-plane", paths: keys } as const] : []),
    { kind: "wait", condition: controllersRun },
    { kind: "write", path: discovery, content: conf, mode: "600" },
    { kind: "write", path: joinConfig, content: new Secret(config), mode: "600" },
    job,
    known,
    ...cleanUp,
  ];
}

/**
 * The controller manager signs a kubelet's first certificate. A kubelet that asks before its controllers run reads Services too late, and the
 * pods it was given by then wait for the kubelet's next try, 10 to 15 s later.
 */
const controllersRun: Condition = {
  summary: "the controller manager's controllers run",
  where: "control-plane",
  script: sh`k -n kube-system get serviceaccount default -o name >/dev/null`,
  unmet: ({ code }) => (code === 0 ? null : "they have not made a service account yet"),
  intervalMs: 250,
  deadlineMs: 60_000,
};

/** kubeadm's join of a worker ends when the kubelet is healthy, which is before it has registered its Node. */
const nodeKnown = ({ name }: NodeSpec): Condition => ({
  summary: `the cluster knows ${name}`,
  where: "control-plane",
  script: sh`k wait --for=create ${`node/${name}`} --timeout=8s`,
  unmet: ({ code }) => (code === 0 ? null : "the kubelet has not registered it yet"),
  intervalMs: 500,
  deadlineMs: 120_000,
});

/** The minor ("1.36\n") whose kubeadm wrote the kubelet's configuration. */
export const kubeletConfigPath = "/etc/kubernetes/provision/kubelet-config";
export const noteKubeletConfig = ({ cluster }: Target): Script =>
  sh`mkdir -p /etc/kubernetes/provision && printf '%s\\n' ${minorOf(cluster.kubernetes.version)} >${kubeletConfigPath}`;
export const markInitialised = (target: Target): Script => sh`${noteKubeletConfig(target)} && : >${initialisedPath}`;

/** A node of this name is in the cluster, but this machine is new: the old one's Node and etcd member must go first. */
function removeStale(node: NodeSpec): Action {
  return {
    kind: "run",
    where: "control-plane",
    summary: `remove what the cluster still knows of an earlier ${node.name}`,
    script: forgetNode(node.name, node.address),
  };
}
