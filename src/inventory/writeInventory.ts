import { newestKubernetes } from "../model/versions.ts";

export interface InventoryAnswers {
  readonly name: string;
  readonly kubernetes: string;
  readonly user: string;
  /** null: the SSH agent alone. */
  readonly identityFile: string | null;
  /** Base URL of a mirror; null: official releases. */
  readonly mirror: string | null;
  readonly nodes: readonly { readonly name: string; readonly address: string; readonly roles: readonly string[] }[];
}

export const defaultAnswers = { name: "cluster", kubernetes: newestKubernetes, user: "root" } as const;

/** The text of a new inventory, with comments for whoever reads it next. Values are quoted as needed, not checked. */
export function writeInventory(answers: InventoryAnswers): string {
  const ssh = [
    `  user: ${scalar(answers.user)}${answers.user === "root" ? "" : " # needs sudo; a password comes from sudoPasswordEnv"}`,
  ];
  if (answers.identityFile !== null) ssh.push(`  identityFile: ${scalar(answers.identityFile)}`);
  else ssh.push("  # identityFile: ~/.ssh/id_ed25519 # without one, the keys of your SSH agent are used");
  const artifacts =
    answers.mirror === null
      ? ["artifacts: {from: official} # or {from: mirror, url: …, registry: …}"]
      : [
          "artifacts:",
          "  from: mirror",
          `  url: ${scalar(answers.mirror)}`,
          "  # registry: https://registry.example # asked instead of every upstream registry",
          "  # catalogSha256: … # vouches for the catalog when it comes over plain http",
        ];
  const nodes = answers.nodes.map(
    ({ name, address, roles }) =>
      `  - {name: ${scalar(name)}, address: ${scalar(address)}, roles: [${roles.map(scalar).join(", ")}]}`,
  );
  return `${[
    "# What the cluster should be. Check with `provision validate`, look with `provision plan`, make it so with `provision up`.",
    "# Every field is described in docs/inventory.md; what is left out has a default.",
    "apiVersion: provision/v1",
    `name: ${scalar(answers.name)}`,
    "",
    `kubernetes: {version: ${scalar(answers.kubernetes)}}`,
    "",
    "# Three networks that share no address: pods, services, and the machines themselves.",
    "network:",
    "  pods: 10.244.0.0/16 # every node takes a /24",
    "  services: 10.96.0.0/16",
    "  cni: {name: flannel}",
    "  kubeProxy: {mode: nftables}",
    "",
    "# A proxy on every node's loopback knows all control planes. With a load balancer: {kind: external, host: …}",
    "endpoint: {kind: node-local}",
    "",
    ...artifacts,
    "",
    "ssh:",
    ...ssh,
    "",
    "# One control plane, or three, or five. One machine can have both roles.",
    "nodes:",
    ...nodes,
  ].join("\n")}\n`;
}

/** Plain where YAML surely reads the same text back, else in double quotes. */
const scalar = (text: string): string =>
  /^[A-Za-z~/][A-Za-z0-9~/._-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n|~)$/i.test(text) ? text : number(text);
const number = (text: string): string => (/^\d+\.\d+\.\d+(\.\d+)?$/.test(text) ? text : JSON.stringify(text));
