import { storePath } from "../../src/artifacts/storePath.ts";
import { existsFact, fileFact } from "../../src/facts/files.ts";
import { unitFact } from "../../src/facts/systemd.ts";
import { type Script, sh } from "../../src/host/sh.ts";
import { initialisedPath } from "../../src/kube/apiPrelude.ts";
import { controlPlanes, isControlPlane } from "../../src/model/cluster.ts";
import type { Action } from "../../src/role/action.ts";
import { artifactOf } from "../../src/role/artifactOf.ts";
import { sha256 } from "../../src/role/resources/file.ts";
import { type NodeTarget, nodeStep, type Step } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { registration } from "../kubernetes/join.ts";
import { apiServerReady } from "./apiServerReady.ts";
import { apiServerFiles, clusterConfig } from "./config.ts";
import { kubernetesPods, manifestFacts, oldPods } from "./staticPods.ts";

/** Digest of what the running static pods were made from. */
const appliedPath = "/etc/kubernetes/provision/applied";
/** There from the beginning of kubeadm's upgrade until its end: an upgrade that broke off is run again, whatever the pods look like. */
const upgradingPath = "/etc/kubernetes/provision/upgrading";
const configPath = "/run/provision/kubeadm-apply.yaml";
const patches = "/etc/kubernetes/provision/patches";

/** Of kubeadm's documents only the first, ClusterConfiguration, makes static pods: a new mode of kube-proxy restarts none of them. */
const madeFrom = (target: NodeTarget): string =>
  `${sha256(
    apiServerFiles(target)
      .map((one) => one.content.split("\n---\n", 1)[0])
      .join("\0"),
  )}\n`;

/** Notes on the machine that its static pods are made from the current configuration. */
export const noteApplied = (target: NodeTarget): Script => sh`printf %s ${madeFrom(target)} >${appliedPath}`;

const kubeadm = (target: NodeTarget): string =>
  `${storePath(artifactOf(target, "kubeadm", target.cluster.kubernetes.version))}/kubeadm`;

const config = (target: NodeTarget, version: string): string => {
  const local = target.render("control-plane/local.yaml", { address: target.node.address, registration: registration(target) });
  return `${clusterConfig(target, version)}---\n${local}`;
};

export const applied: Step = nodeStep({
  id: "control-plane/applied",
  summary: "the static pods are of the current version and made from the current configuration",
  when: isControlPlane,
  after: ["control-plane/up", { step: "control-plane/applied", on: "previous-control-plane" }],
  facts: () => ({
    applied: fileFact(appliedPath, true),
    marks: existsFact([initialisedPath, upgradingPath]),
    upgrade: unitFact("provision-kubeadm-upgrade.service"),
    ...manifestFacts,
  }),
  check: ({ facts, ...target }) => {
    const old = oldPods(target, facts);
    const disrupts = "this node's API server, for about 20 s; other control planes answer";
    const pods = kubernetesPods.join(", ");
    if (old !== null || facts.marks.has(upgradingPath)) {
      const detail = old === null ? "finish the upgrade that broke off" : old.details.join(", ");
      return { status: "change", changes: [{ what: "unit", action: "restart", target: `etcd, ${pods}`, detail, disrupts }] };
    }
    // A fresh control plane is made from the current configuration by init; a joined one is noted here.
    if (facts.applied.kind === "file" && facts.applied.content === madeFrom(target)) return ok;
    if (!facts.marks.has(initialisedPath))
      return { status: "change", changes: [{ what: "file", action: "create", target: appliedPath }] };
    return { status: "change", changes: [{ what: "unit", action: "restart", target: pods, disrupts }] };
  },
  apply: ({ facts, ...target }) => {
    const old = oldPods(target, facts);
    if (old === null && !facts.marks.has(upgradingPath)) return remake(target);
    return upgrade(target, old?.from ?? target.cluster.kubernetes.version, facts.upgrade.active === "active");
  },
  verify: ({ node }) => [apiServerReady(node)],
});

/** Another configuration of the same version. */
const remake = (target: NodeTarget): readonly Action[] => [
  { kind: "write", path: configPath, content: config(target, target.cluster.kubernetes.version), mode: "600" },
  {
    kind: "job",
    name: "kubeadm-apply",
    summary: "make the static pods from the current configuration",
    deadlineSeconds: 180,
    script: sh`kubeadm init phase control-plane all --config ${configPath} && kubeadm init phase upload-config kubeadm --config ${configPath} && ${noteApplied(target)}`,
  },
  { kind: "delete", path: configPath },
];

/**
 * kubeadm's own upgrade of this node's static pods and their certificates, with the new version's kubeadm. Left out are the add-ons,
 * which other steps bring node by node, and the kubelet's configuration, which belongs to the node's turn. A component that does
 * not come up is put back by kubeadm, which then fails. kubeadm waits up to 5 minutes for each of the four (`upgradeManifests`).
 */
function upgrade(target: NodeTarget, from: string, running: boolean): readonly Action[] {
  const { node, cluster } = target;
  const { version, ignorePreflightErrors } = cluster.kubernetes;
  const program = kubeadm(target);
  const options = [
    `--patches=${patches}`,
    ...(ignorePreflightErrors.length === 0 ? [] : [`--ignore-preflight-errors=${ignorePreflightErrors.join(",")}`]),
  ];
  // kubeadm takes all but the version (etcd's tag, arguments, volumes) from the cluster. The version there is the old one until the pods are new.
  const first = sh`${program} init phase upload-config kubeadm --config ${configPath} && ${program} upgrade apply ${`v${version}`} --yes --skip-phases=addon,kubelet-config ${options}`;
  const further = sh`${program} upgrade node --skip-phases=addon,kubelet-config ${options}`;
  const work = node === controlPlanes(cluster)[0] ? first : further;
  const job: Action = {
    kind: "job",
    name: "kubeadm-upgrade",
    summary: `kubeadm upgrade to ${version}`,
    deadlineSeconds: 1500,
    script: sh`: >${upgradingPath} && ${work} && ${noteApplied(target)} && rm -f ${upgradingPath}`,
  };
  if (running) return [job, { kind: "delete", path: configPath }];
  return [
    {
      kind: "run",
      summary: "put back manifests that a broken-off upgrade took away",
      script: sh`for n in ${["etcd", ...kubernetesPods]}; do
  m=/etc/kubernetes/manifests/$n.yaml
  [ -e "$m" ] && continue
  b=$(ls -t /etc/kubernetes/tmp/kubeadm-backup-manifests-*/"$n.yaml" 2>/dev/null | head -n 1)
  [ -z "$b" ] || cp "$b" "$m"
done`,
    },
    { kind: "wait", condition: apiServerReady(node) },
    { kind: "write", path: configPath, content: config(target, from), mode: "600" },
    job,
    { kind: "delete", path: configPath },
  ];
}
