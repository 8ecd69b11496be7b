import type { ClusterSpec } from "../model/cluster.ts";
import { pluginsOf, type RetinaSpec, retinaPlugins } from "../model/retina.ts";
import { isAtLeast, minorOf, reservedPorts } from "../model/versions.ts";

/** Releases whose charts this tool's values were read against, and what they are built with: go.mod and deploy/ of each tag. */
export interface RetinaReleases {
  readonly first: string;
  readonly last: string;
  /** Minor of Kubernetes whose client library they have. */
  readonly kubernetes: string;
  /** The Cilium library: it neither installs nor upgrades a cluster's network. */
  readonly cilium: string;
}

export const retinaReleases: readonly RetinaReleases[] = [
  { first: "1.0.0", last: "1.2.0", kubernetes: "1.32", cilium: "1.18.0-pre.1" },
  { first: "1.2.1", last: "1.2.3", kubernetes: "1.35", cilium: "1.19.3" },
  { first: "1.2.4", last: "1.2.6", kubernetes: "1.35", cilium: "1.19.4" },
];

const releaseOf = ({ version }: RetinaSpec): RetinaReleases | undefined =>
  retinaReleases.find(({ first, last }) => isAtLeast(version, first) && isAtLeast(last, version));

/** The newest that is read is 1.2.6: a patch after it is told, a minor after it refused. */
const newest = retinaReleases.at(-1)?.last ?? "";
const isNewerPatch = ({ version }: RetinaSpec): boolean => minorOf(version) === minorOf(newest) && !isAtLeast(newest, version);

/** Minors between a client library and an API server that nobody tests: kubernetes/client-go README, Kubernetes' version skew policy. */
const farFrom = (cluster: ClusterSpec, { kubernetes }: RetinaReleases): boolean =>
  Math.abs(Number(kubernetes.split(".")[1]) - Number(minorOf(cluster.kubernetes.version).split(".")[1])) > 1;

export interface RetinaRow {
  readonly code: string;
  readonly severity: "error" | "warning";
  /** Below observability.retina: which field it is about. */
  readonly field: readonly string[];
  /** For the documentation: which inventories it is about. */
  readonly when: string;
  readonly applies: (cluster: ClusterSpec, retina: RetinaSpec) => boolean;
  /** Follows the field's name and a colon. */
  readonly says: (cluster: ClusterSpec, retina: RetinaSpec) => string;
  readonly hint: string;
  readonly source: string;
}

const repository = "https://github.com/microsoft/retina/blob/v1.2.6";
const runs = (retina: RetinaSpec, plugin: string): boolean => pluginsOf(retina)?.includes(plugin) === true;
const plugins = ["values", "enabledPlugin_linux"];
const known = retinaReleases.map(({ first, last }) => `${first} to ${last}`).join(", ");

/** What goes with which Retina, and what does not. Read by the inventory's rules and by docs/retina.md. */
export const retinaCompatibility: readonly RetinaRow[] = [
  {
    code: "retina-version",
    severity: "error",
    field: ["version"],
    when: `a version that is not among ${known}, nor a later patch of ${minorOf(newest)}`,
    applies: (_cluster, retina) => releaseOf(retina) === undefined && !isNewerPatch(retina),
    says: (_cluster, { version }) => `nothing is known of Retina ${version}`,
    hint: `known are ${known}`,
    source: "https://github.com/microsoft/retina/tree/v1.2.6/deploy, and of the tags before",
  },
  {
    code: "retina-newer",
    severity: "warning",
    field: ["version"],
    when: `a later patch than ${newest}`,
    applies: (_cluster, retina) => isNewerPatch(retina),
    says: (_cluster, { version }) => `Retina ${version} is newer than ${newest}, the last whose chart was read`,
    hint: "look at what `provision plan` makes of it",
    source: "https://github.com/microsoft/retina/tree/v1.2.6/deploy",
  },
  {
    code: "retina-kubernetes",
    severity: "warning",
    field: ["version"],
    when: `Kubernetes more than one minor away from its client library (${retinaReleases.map((row) => `${row.first} to ${row.last}: ${row.kubernetes}`).join("; ")})`,
    applies: (cluster, retina) => {
      const release = releaseOf(retina);
      return release !== undefined && farFrom(cluster, release);
    },
    says: (cluster, retina) =>
      `Retina ${retina.version} has the client library of Kubernetes ${releaseOf(retina)?.kubernetes}, and the cluster is ${minorOf(cluster.kubernetes.version)}`,
    hint: "its project publishes no table of Kubernetes versions; one that is nearer is of less risk",
    source: `${repository}/go.mod, https://kubernetes.io/releases/version-skew-policy/`,
  },
  {
    code: "retina-hubble-cilium",
    severity: "error",
    field: ["variant"],
    when: "variant hubble, and the network is Cilium",
    applies: ({ network }, { variant }) => variant === "hubble" && network.cni.name === "cilium",
    says: () =>
      "Retina's hubble operator makes CiliumEndpoints and CiliumIdentities for every pod, as Cilium does itself, and its agent takes Hubble's socket",
    hint: "use variant: standard, or Cilium's own Hubble (network.cni.hubble)",
    source: `${repository}/operator/cilium-crds, https://github.com/microsoft/retina/tree/v1.2.6/pkg/controllers/operator/cilium-crds`,
  },
  {
    code: "retina-plugins",
    severity: "error",
    field: plugins,
    when: "enabledPlugin_linux is not a text that holds a JSON list of names",
    applies: (_cluster, retina) => pluginsOf(retina) === null,
    says: () => "is to be a text that holds a JSON list, which the chart puts into its configuration as it stands",
    hint: `write it in quotes, such as '["packetforward","linuxutil"]'`,
    source: `${repository}/deploy/standard/manifests/controller/helm/retina/values.yaml`,
  },
  {
    code: "retina-plugin",
    severity: "error",
    field: plugins,
    when: "a plug-in that Retina does not have on Linux",
    applies: (_cluster, retina) => pluginsOf(retina)?.some((one) => !retinaPlugins.includes(one)) === true,
    says: (_cluster, retina) =>
      `Retina has no plug-in ${pluginsOf(retina)
        ?.filter((one) => !retinaPlugins.includes(one))
        .join(", ")} on Linux`,
    hint: `there are ${retinaPlugins.join(", ")}`,
    source: "https://github.com/microsoft/retina/tree/v1.2.6/pkg/plugin",
  },
  {
    code: "retina-cilium-events",
    severity: "error",
    field: plugins,
    when: "plug-in ciliumeventobserver, and the network is not Cilium",
    applies: ({ network }, retina) => runs(retina, "ciliumeventobserver") && network.cni.name !== "cilium",
    says: () => "ciliumeventobserver reads the socket of Cilium's agent, and the network is not Cilium",
    hint: "leave it out",
    source: `${repository}/docs/03-Metrics/plugins/Linux/ciliumeventobserver.md`,
  },
  {
    code: "retina-packetparser-cilium",
    severity: "warning",
    field: plugins,
    when: "plug-in packetparser, and the network is Cilium",
    applies: ({ network }, retina) => runs(retina, "packetparser") && network.cni.name === "cilium",
    says: () =>
      "packetparser hangs programs on every pod's interface, where Cilium has its own, and nobody says that they go together",
    hint: "leave packetparser out, and see flows with Cilium's own Hubble (network.cni.hubble)",
    source: `${repository}/docs/03-Metrics/plugins/Linux/packetparser.md, https://docs.cilium.io/en/stable/operations/system_requirements/`,
  },
  {
    code: "retina-port",
    severity: "error",
    field: ["values", "retinaPort"],
    when: "retinaPort is no port, or one of the node's own programs",
    applies: ({ endpoint }, { values: { retinaPort: port } }) =>
      port !== undefined &&
      (typeof port !== "number" ||
        !Number.isInteger(port) ||
        port < 1 ||
        port > 65_535 ||
        port in reservedPorts ||
        (endpoint.kind === "node-local" && port === endpoint.port)),
    says: (_cluster, { values: { retinaPort } }) => `${JSON.stringify(retinaPort)} is no port that is free on every node`,
    hint: "leave it out for 10093, or name another port as a number",
    source: "https://kubernetes.io/docs/reference/networking/ports-and-protocols/",
  },
];

/** Values of either chart that this tool makes: path -> what to use instead. Its gate and its turns depend on the names. */
export const retinaOwnValues: Readonly<Record<string, string>> = {
  "image.tag": "use observability.retina.version",
  "agent.tag": "use observability.retina.version",
  "agent.init.tag": "use observability.retina.version",
  "operator.tag": "use observability.retina.version",
  namespace: "it is kube-system",
  nameOverride: "it is retina",
  "agent.name": "it is retina-agent",
  "os.linux": "every node is one of Linux",
  "os.windows": "there are no Windows nodes here",
};
