import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { madeOf } from "../../../roles/cluster/manifestSteps.ts";
import { clusterImages } from "../../../roles/clusterImages.ts";
import { metricsProblem } from "../../../roles/retina/gates.ts";
import { retinaManifest } from "../../../roles/retina/manifest.ts";
import { retinaValues } from "../../../roles/retina/values.ts";
import type { RetinaSpec } from "../../../src/model/retina.ts";
import { dict, type KubeObject, list } from "../../../src/role/objects/kubeObject.ts";
import type { ChartRelease, Target } from "../../../src/role/step.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { catalog, freshMachine, harness, liveCluster } from "./sample.ts";

/** In the shape of what Retina's chart renders: what the role touches or must leave alone. */
const rendered = (release: ChartRelease): string => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: captures.retina.sh}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: retina-agent, namespace: ${release.namespace}}
spec:
  selector: {matchLabels: {app: retina}}
  template:
    metadata: {labels: {k8s-app: retina}}
    spec:
      tolerations: ${JSON.stringify(release.values.tolerations ?? [])}
      initContainers:
        - {name: init-retina, image: "ghcr.io/microsoft/retina/retina-init:${tagOf(release)}", imagePullPolicy: Always}
      containers:
        - name: retina
          image: ghcr.io/microsoft/retina/retina-agent:${tagOf(release)}
          imagePullPolicy: Always
          securityContext: {capabilities: {add: [SYS_ADMIN, NET_ADMIN, IPC_LOCK, SYS_RESOURCE]}}
${
  dict(release.values.operator).enabled === true
    ? `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: retina-operator, namespace: ${release.namespace}}
spec: {template: {spec: {containers: [{name: retina-operator, image: "ghcr.io/microsoft/retina/retina-operator:${tagOf(release)}"}]}}}`
    : ""
}
`;
const tagOf = ({ values }: ChartRelease): string => String(dict(values.image).tag);

const withRetina = (fields = "version: 1.2.6", extra = "") =>
  sampleCluster({ network: "{cni: {name: none}}", extra: `observability: {retina: {${fields}}}\n${extra}` });
const digest = `sha256:${"ab".repeat(32)}`;
const target = (cluster = withRetina()): Target => ({
  ...harness(cluster).target,
  chart: (name, version, release) => {
    expect([name, release.name, release.namespace]).toEqual(["retina-chart", "retina", "kube-system"]);
    expect(tagOf(release)).toBe(`v${version}`);
    return rendered(release);
  },
  catalog: {
    ...catalog,
    images: [
      ...catalog.images,
      ...["agent", "init", "operator"].map((name) => ({ ref: `ghcr.io/microsoft/retina/retina-${name}:v1.2.6`, digest })),
    ],
  },
});
const daemonOf = (cluster = withRetina()) => {
  const made = madeOf(retinaManifest, target(cluster)).objects.find(({ kind }) => kind === "DaemonSet");
  const spec = dict(made?.spec);
  const pod = dict(dict(spec.template).spec);
  return { spec, pod, containers: [...list(pod.initContainers), ...list(pod.containers)] };
};
const capabilities = (container: KubeObject | undefined): unknown => dict(dict(container?.securityContext).capabilities).add;

describe("what is applied", () => {
  test("every image by the catalog's digest, pods replaced node by node, an agent on every node", () => {
    const { spec, pod, containers } = daemonOf();
    expect(containers.map(({ image }) => image)).toEqual([
      `ghcr.io/microsoft/retina/retina-init:v1.2.6@${digest}`,
      `ghcr.io/microsoft/retina/retina-agent:v1.2.6@${digest}`,
    ]);
    expect(containers.map(({ imagePullPolicy }) => imagePullPolicy)).toEqual(["IfNotPresent", "IfNotPresent"]);
    expect(spec.updateStrategy).toEqual({ type: "OnDelete" });
    expect(pod.tolerations).toEqual([{ operator: "Exists" }]);
    expect(capabilities(containers[1])).toEqual(["SYS_ADMIN", "NET_ADMIN", "IPC_LOCK", "SYS_RESOURCE"]);
  });
  test("a host whose root lacks CAP_SYS_RESOURCE is not asked for it", () => {
    const cluster = withRetina("version: 1.2.6", "containerd: {restrictOomScoreAdj: true}");
    expect(capabilities(daemonOf(cluster).containers[1])).toEqual(["SYS_ADMIN", "NET_ADMIN", "IPC_LOCK"]);
  });
  test("its images are among the cluster's, an operator that the values ask for is waited for", () => {
    const asked = withRetina("values: {operator: {enabled: true}}");
    expect(clusterImages(target())).toEqual(expect.arrayContaining(["ghcr.io/microsoft/retina/retina-agent:v1.2.6"]));
    expect(retinaManifest.deployments?.(target(asked))).toEqual([{ namespace: "kube-system", name: "retina-operator" }]);
    expect(retinaManifest.deployments?.(target())).toEqual([]);
  });
  test("the inventory's values go over this tool's; the hubble chart gets the released images", () => {
    const spec: RetinaSpec = { version: "1.2.5", variant: "standard", values: { logLevel: "info", tolerations: [] } };
    expect(retinaValues(spec)).toMatchObject({
      image: { tag: "v1.2.5" },
      os: { windows: false },
      logLevel: "info",
      tolerations: [],
    });
    expect(retinaValues({ ...spec, variant: "hubble", values: {} })).toMatchObject({
      agent: { repository: "ghcr.io/microsoft/retina/retina-agent", tag: "v1.2.5", init: { tag: "v1.2.5" } },
      operator: { repository: "ghcr.io/microsoft/retina/retina-operator", tag: "v1.2.5" },
      hubble: { relay: { enabled: false }, ui: { enabled: false } },
    });
  });
});

describe("a node's metrics", () => {
  const spec: RetinaSpec = { version: "1.2.6", variant: "standard", values: {} };
  const head = "HTTP/1.0 200 OK\n";
  const forward = (ingress: number | string, egress: number | string) =>
    `networkobservability_forward_count{direction="ingress"} ${ingress}\nnetworkobservability_forward_count{direction="egress"} ${egress}\n`;
  const sockets = 'networkobservability_tcp_state{state="LISTEN"} 12\n';
  test.each([
    [head + forward(5, 7) + sockets, null],
    [head + forward("1.234567e+06", "2e+06") + sockets, null],
    ["", "nobody answers on 127.0.0.1:10093/metrics"],
    ["HTTP/1.0 503 Service Unavailable\n", "127.0.0.1:10093/metrics answers HTTP/1.0 503 Service Unavailable"],
    [head, '127.0.0.1:10093/metrics has no series networkobservability_forward_count{direction="ingress"}'],
    [
      head + forward(5, 0) + sockets,
      '127.0.0.1:10093/metrics says networkobservability_forward_count{direction="egress"} is 0: it counts nothing',
    ],
    [
      head + forward(5, "NaN") + sockets,
      '127.0.0.1:10093/metrics says networkobservability_forward_count{direction="egress"} is NaN: it counts nothing',
    ],
    [head + forward(5, 7), "127.0.0.1:10093/metrics has no series networkobservability_tcp_state"],
  ])("%j", (said, problem) => expect(metricsProblem(said, spec)).toBe(problem));

  test("are asked for by the plug-ins that run, at the port of the values", () => {
    const only = (plugins: string) => ({ ...spec, values: { enabledPlugin_linux: plugins, retinaPort: 10193 } });
    expect(metricsProblem(head + sockets, only('["linuxutil"]'))).toBeNull();
    expect(metricsProblem(head, only('["dropreason","dns"]'))).toBeNull();
    expect(metricsProblem(head, only('["linuxutil"]'))).toBe(
      "127.0.0.1:10193/metrics has no series networkobservability_tcp_state",
    );
  });

  test("that are missing are a change of the plan, and a gate of the node's turn", () => {
    const roles = harness(withRetina());
    const [gate] = retinaManifest.healthy?.({ ...target(), node: roles.target.cluster.nodes[1] as never }) ?? [];
    expect(gate?.unmet({ code: 1, stdout: head, stderr: "" })).toContain("has no series");
    const answers = (stdout: string) => new Map([["retina metrics", { code: 0, stdout }]]);
    const at = "retina/metrics@w-1";
    expect(roles.check(at, freshMachine("w-1"), liveCluster(), answers(""))).toMatchObject({
      status: "change",
      changes: [{ action: "create" }, { target: "Retina's metrics", detail: expect.stringContaining("nobody answers") }],
    });
  });
});

test("another variant does not take a live one's place: the API lets no DaemonSet select other pods", () => {
  const { step } = harness(withRetina()).instance("retina/variant");
  if (step.scope !== "cluster") throw new Error("it is a step of the cluster");
  const kept = (matchLabels: object) => ({
    current: [{ kind: "DaemonSet", metadata: { name: "retina-agent" }, spec: { selector: { matchLabels } } }],
    hasPrevious: false,
  });
  const verdict = (of: unknown) => step.check({ ...target(), api: "up", kube: { kept: of } as never });
  expect(verdict(kept({ app: "retina" })).status).toBe("ok");
  expect(verdict(null).status).toBe("ok");
  expect(verdict(kept({ "k8s-app": "retina" }))).toMatchObject({ status: "blocked", reasons: [{ code: "retina/variant" }] });
});

describe("taken out of the inventory", () => {
  const without = harness(sampleCluster({ network: "{cni: {name: none}}" }));
  const kept = `${gzipSync(JSON.stringify({ items: [] })).toString("base64")}|`;
  test("it goes, and only what this tool brought", () => {
    expect(without.check("retina/absent", null, liveCluster({ "kube kept retina": kept }))).toMatchObject({
      status: "change",
      changes: [{ action: "delete", target: "DaemonSet kube-system/retina-agent" }],
    });
    expect(without.check("retina/absent", null, liveCluster({ "kube kept retina": "|" })).status).toBe("ok");
    expect(without.check("retina/cleared@w-1", freshMachine("w-1"), liveCluster()).status).toBe("ok");
  });
});
