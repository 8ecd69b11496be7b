import { homedir } from "node:os";
import { VERSIONS } from "./builds/versions.ts";
import { type LabIdentity, mirrorUrl, type NodeSpec, registryUrl } from "./naming.ts";

export interface InventoryInput {
  readonly lab: LabIdentity;
  readonly kubernetes: string;
  readonly nodes: readonly NodeSpec[];
  /** "mirror": the lab's own builds; "official": releases from where they are published. */
  readonly artifacts: "mirror" | "official";
  readonly identityFile: string;
  readonly knownHosts: string;
}

const tilde = (path: string): string =>
  JSON.stringify(path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path);

/** The cluster.yaml of a lab. Every odd option answers something a shared kernel with cgroup v1 cannot give. */
export function inventoryYaml({ lab, kubernetes, nodes, artifacts, identityFile, knownHosts }: InventoryInput): string {
  const mirror = `{from: mirror, url: "${mirrorUrl(lab)}", catalog: "${mirrorUrl(lab)}/catalog.json", registry: "${registryUrl(lab)}", delivery: node}`;
  return `apiVersion: provision/v1
name: ${lab.name}
kubernetes: {version: ${kubernetes}, ignorePreflightErrors: [SystemVerification]}
network:
  pods: 10.244.0.0/16
  services: 10.96.0.0/16
  cni: {name: flannel, version: ${VERSIONS.flannel}}
  kubeProxy: {mode: nftables, conntrack: {maxPerCore: 0, min: 0}}
endpoint: {kind: node-local}
artifacts: ${artifacts === "mirror" ? mirror : "{from: official}"}
containerd: {version: ${VERSIONS.containerd}, runc: ${VERSIONS.runc}, cniPlugins: ${VERSIONS.cniPlugins}, restrictOomScoreAdj: true}
kubelet: {failCgroupV1: false, evictionHard: {nodefs.available: 1Gi, imagefs.available: 1Gi}}
ssh: {user: root, identityFile: ${tilde(identityFile)}, knownHosts: ${tilde(knownHosts)}}
nodes:
${nodes.map((node) => `  - {name: ${node.name}, address: ${node.address}, roles: [${node.role}]}`).join("\n")}
`;
}
