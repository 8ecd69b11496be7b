import { isAbsolute, join, resolve } from "node:path";
import type { ArtifactSource, ClusterSpec, NodeSpec, SshSpec } from "../model/cluster.ts";
import { defaultRuntime } from "../model/versions.ts";
import { resolveCalico } from "./cni/calico.ts";
import { resolveCanal } from "./cni/canal.ts";
import { resolveCilium } from "./cni/cilium.ts";
import { resolveFlannel } from "./cni/flannel.ts";
import { durationSeconds } from "./fields.ts";
import { resolveMultus } from "./multus.ts";
import type { NodeInput, NodeSshInput, SshInput } from "./nodeSchema.ts";
import { resolveRetina } from "./retina.ts";
import type { InventoryInput } from "./schema.ts";

export interface Surroundings {
  /** The inventory as messages name it. */
  readonly source: string;
  /** Absolute folder of the inventory file; relative paths start there. */
  readonly folder: string;
  /** Absolute home directory, for "~". */
  readonly home: string;
}

/** Fills in what depends on other fields. Pure: paths are only joined. */
export function resolveCluster(input: InventoryInput, around: Surroundings): ClusterSpec {
  const { ssh, defaults, nodes, upgrade, network, ...rest } = input;
  const runtime = defaultRuntime(input.kubernetes.version, input.containerd.version);
  return {
    name: rest.name,
    source: around.source,
    kubernetes: rest.kubernetes,
    network: { ...network, cni: resolveCni(network, nodes.length), multus: resolveMultus(network.multus) },
    images: rest.images,
    observability: { retina: resolveRetina(rest.observability.retina) },
    endpoint: rest.endpoint,
    artifacts: resolveArtifacts(rest.artifacts, around),
    containerd: {
      version: runtime.containerd,
      runc: rest.containerd.runc ?? runtime.runc,
      cniPlugins: rest.containerd.cniPlugins,
      restrictOomScoreAdj: rest.containerd.restrictOomScoreAdj,
    },
    kubelet: { ...rest.kubelet, evictionHard: definedOnly(rest.kubelet.evictionHard) },
    os: {
      distributions: rest.os.distributions,
      swap: rest.os.swap,
      sysctls: Object.fromEntries(Object.entries(rest.os.sysctls).map(([key, value]) => [key, String(value)])),
    },
    security: rest.security,
    upgrade: {
      window: upgrade.window,
      drainTimeoutSeconds: durationSeconds(upgrade.drain.timeout),
      pause: upgrade.pause,
      hooks: {
        before: upgrade.hooks.before,
        after: upgrade.hooks.after,
        timeoutSeconds: durationSeconds(upgrade.hooks.timeout),
      },
    },
    backup: rest.backup,
    preflight: rest.preflight,
    nodes: nodes.map((node) => resolveNode(node, defaults, ssh, around)),
  };
}

function resolveCni({ cni, kubeProxy }: InventoryInput["network"], nodes: number): ClusterSpec["network"]["cni"] {
  switch (cni.name) {
    case "flannel":
      return resolveFlannel(cni, kubeProxy.mode);
    case "canal":
      return resolveCanal(cni, kubeProxy.mode);
    case "calico":
      return resolveCalico(cni, kubeProxy.mode, nodes);
    case "cilium":
      return resolveCilium(cni, kubeProxy.mode);
    case "none":
      return { name: "none" };
  }
}

function resolveArtifacts(artifacts: InventoryInput["artifacts"], around: Surroundings): ArtifactSource {
  if (artifacts.from === "official") return { from: "official" };
  const url = artifacts.url.replace(/\/+$/, "");
  const catalog = artifacts.catalog ?? `${url}/catalog.json`;
  return {
    from: "mirror",
    url,
    catalog: /^https?:\/\//.test(catalog) ? catalog : absolute(catalog, around),
    catalogSha256: artifacts.catalogSha256,
    registry: artifacts.registry?.replace(/\/+$/, "") ?? null,
    delivery: artifacts.delivery,
  };
}

function resolveNode(node: NodeInput, defaults: InventoryInput["defaults"], ssh: SshInput, around: Surroundings): NodeSpec {
  return {
    name: node.name,
    address: node.address,
    roles: [...new Set(node.roles ?? defaults.roles ?? ["worker" as const])],
    labels: { ...defaults.labels, ...node.labels },
    taints: (node.taints ?? defaults.taints ?? []).map(readTaint),
    order: node.order ?? defaults.order ?? "default",
    ssh: resolveSsh(node.address, { ...ssh, ...definedOnly(node.ssh ?? {}) }, around),
  };
}

type TaintInput = NonNullable<NodeInput["taints"]>[number];

function readTaint(taint: TaintInput): NodeSpec["taints"][number] {
  if (typeof taint !== "string") return taint;
  const [, key = "", value = "", effect = ""] = /^([^=:]+)(?:=([^:]*))?:(.+)$/.exec(taint) ?? [];
  return { key, value, effect: effect as NodeSpec["taints"][number]["effect"] };
}

function resolveSsh(address: string, ssh: NodeSshInput, around: Surroundings): SshSpec {
  const own = {
    user: ssh.user ?? "root",
    identityFile: ssh.identityFile == null ? null : absolute(ssh.identityFile, around),
    knownHosts: absolute(ssh.knownHosts ?? "~/.ssh/known_hosts", around),
  };
  return {
    host: ssh.host ?? address,
    port: ssh.port ?? 22,
    ...own,
    hostKeys: ssh.hostKeys ?? [],
    sudoPasswordEnv: ssh.sudoPasswordEnv ?? null,
    bastion: ssh.bastion == null ? null : resolveBastion(ssh.bastion, own, around),
  };
}

function resolveBastion(
  bastion: NonNullable<SshInput["bastion"]>,
  own: Pick<SshSpec, "user" | "identityFile" | "knownHosts">,
  around: Surroundings,
): NonNullable<SshSpec["bastion"]> {
  const said = typeof bastion === "string" ? readBastion(bastion) : bastion;
  const file = said.identityFile === undefined ? own.identityFile : said.identityFile;
  return {
    host: said.host,
    port: said.port ?? 22,
    user: said.user ?? own.user,
    identityFile: file === null ? null : absolute(file, around),
    hostKeys: said.hostKeys ?? [],
    knownHosts: said.knownHosts === undefined ? own.knownHosts : absolute(said.knownHosts, around),
  };
}

type BastionInput = Exclude<NonNullable<SshInput["bastion"]>, string>;

/** "user@host:port", user and port optional; the user may hold an @ itself. */
function readBastion(text: string): BastionInput {
  const [, user, host = "", port] = /^(?:(.+)@)?([^@:]+)(?::(\d+))?$/.exec(text) ?? [];
  return { host, ...(user !== undefined && { user }), ...(port !== undefined && { port: Number(port) }) };
}

function absolute(path: string, around: Surroundings): string {
  if (path === "~" || path.startsWith("~/")) return join(around.home, path.slice(1));
  return isAbsolute(path) ? path : resolve(around.folder, path);
}

function definedOnly<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
