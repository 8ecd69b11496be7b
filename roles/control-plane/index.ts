import { existsFact } from "../../src/facts/files.ts";
import { caFact, nodesFact } from "../../src/facts/kube.ts";
import { type Script, sh } from "../../src/host/sh.ts";
import { initialisedPath } from "../../src/kube/apiPrelude.ts";
import { type ClusterSpec, controlPlanes, isControlPlane } from "../../src/model/cluster.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Action } from "../../src/role/action.ts";
import { resourceStep } from "../../src/role/resource.ts";
import { file } from "../../src/role/resources/file.ts";
import { type NodeTarget, nodeStep, type Step } from "../../src/role/step.ts";
import { blocked, ok, type Verdict } from "../../src/role/verdict.ts";
import { bootstrapToken, joinActions, joinUnit, markInitialised, registration } from "../kubernetes/join.ts";
import { apiServerReady } from "./apiServerReady.ts";
import { applied, noteApplied } from "./applied.ts";
import { apiServerFiles, clusterConfig } from "./config.ts";
import { version } from "./version.ts";

const encryptionPath = "/etc/kubernetes/provision/encryption.yaml";
const initConfig = "/run/provision/kubeadm-init.yaml";

const change = (detail: string): Verdict => ({
  status: "change",
  changes: [{ what: "node", action: "run", target: "control plane", detail }],
});

const up = nodeStep({
  id: "control-plane/up",
  summary: "the control plane serves the API",
  when: isControlPlane,
  after: [
    { step: "control-plane/version", on: "first-control-plane" },
    "control-plane/files",
    "kubernetes/images",
    "kubernetes/kubelet-unit",
    "endpoint/proxy",
    { step: "control-plane/up", on: "previous-control-plane" },
  ],
  facts: () => ({ marks: existsFact([initialisedPath, encryptionPath]), joinUnit }),
  kube: () => ({ nodes: nodesFact, ca: caFact }),
  check: ({ facts: { marks }, kube, api, cluster, node }) => {
    const member = marks.has(initialisedPath);
    if (api === "down") {
      if (member) return ok;
      return blocked({
        code: "control-plane/api-down",
        message:
          "control planes of this cluster are set up, but none of them answers; a second cluster is not started beside them",
        hint: "bring one of them back first (crictl ps -a, journalctl -u kubelet)",
      });
    }
    if (kube === null)
      return node === controlPlanes(cluster)[0]
        ? change("kubeadm init: a new cluster begins here")
        : change("kubeadm join as a control plane, after the first one");
    const known = kube.nodes.some((one) => one.metadata.name === node.name);
    if (member && known) return ok;
    if (member)
      return blocked({
        code: "control-plane/not-a-member",
        message: "the machine was a control plane of this cluster, but the cluster does not know it any more",
        hint: "provision reset --node takes its traces away; then run up again",
      });
    return change(
      known ? "kubeadm join as a control plane, in place of an earlier machine of this name" : "kubeadm join as a control plane",
    );
  },
  apply: (context) =>
    context.kube === null
      ? initActions(context)
      : joinActions(context, {
          ca: context.kube.ca,
          stale: context.kube.nodes.some((one) => one.metadata.name === context.node.name),
          unit: context.facts.joinUnit,
        }),
  verify: ({ node }) => [apiServerReady(node)],
});

/** kubeadm's kube-proxy rolls by itself. Done here it costs the first run nothing; kube-proxy/daemonset sees to it that it is so. */
const replaceOneByOne = ({ network }: ClusterSpec): Script =>
  network.kubeProxy.mode === "none"
    ? sh`:`
    : sh`KUBECACHEDIR=/run/provision/kube-cache kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system patch daemonset kube-proxy --type merge -p '{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}'`;

function initActions(target: NodeTarget): readonly Action[] {
  const { node, render, entropy, cluster } = target;
  const key = Buffer.from(entropy("encryption-key", 32).reveal(), "hex").toString("base64");
  const config = `${clusterConfig(target)}---\n${render("control-plane/init.yaml", { address: node.address, token: bootstrapToken(target).reveal(), registration: registration(target), kubeProxy: cluster.network.kubeProxy.mode !== "none" })}`;
  // An init that broke off is run again over what it left: certificates and etcd data are used, never wiped.
  const leftovers = [
    "DirAvailable--etc-kubernetes-manifests",
    "DirAvailable--var-lib-etcd",
    "Port-6443",
    "Port-10250",
    "Port-10257",
    "Port-10259",
    "Port-2379",
    "Port-2380",
    "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
    "FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml",
    "FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml",
    "FileAvailable--etc-kubernetes-manifests-etcd.yaml",
  ];
  const ignored = [...cluster.kubernetes.ignorePreflightErrors, ...leftovers].join(",");
  return [
    ...(cluster.security.encryptSecrets
      ? [
          {
            kind: "run",
            summary: "make a key for secrets at rest",
            stdin: new Secret(render("control-plane/encryption.yaml", { key })),
            script: sh`[ -e ${encryptionPath} ] || { umask 077; mkdir -p /etc/kubernetes/provision; cat >${`${encryptionPath}.new`} && mv ${`${encryptionPath}.new`} ${encryptionPath}; }`,
          } as const,
        ]
      : []),
    { kind: "write", path: initConfig, content: new Secret(config), mode: "600" },
    {
      kind: "job",
      name: "kubeadm-init",
      summary: "kubeadm init",
      deadlineSeconds: 420,
      script: sh`kubeadm init --config ${initConfig} --skip-token-print --ignore-preflight-errors=${ignored} && { ${replaceOneByOne(cluster)}; ${noteApplied(target)}; } && ${markInitialised(target)}`,
    },
    { kind: "delete", path: initConfig },
  ];
}

/** The control plane: its files, then the first one by init and each further one by join, then what the inventory, or another version, changes later. */
export const controlPlane: readonly Step[] = [
  version,
  resourceStep({
    id: "control-plane/files",
    summary: "what the API server reads: audit, admission, authentication",
    when: isControlPlane,
    after: ["os/claim", "kubernetes/leave"],
    resources: (target) => apiServerFiles(target).map(file),
  }),
  up,
  applied,
];
