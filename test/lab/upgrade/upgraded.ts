import type { Stage } from "./stage.ts";

interface Nodes {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
    readonly spec: { readonly unschedulable?: boolean };
    readonly status: {
      readonly nodeInfo: { readonly kubeletVersion: string };
      readonly conditions: readonly { readonly type: string; readonly status: string }[];
    };
  }[];
}

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] };
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

const staticPods = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];
const isReady = (conditions: readonly { readonly type: string; readonly status: string }[] = []) =>
  conditions.some(({ type, status }) => type === "Ready" && status === "True");

/** What of the cluster is not as it must be after an upgrade to this version; one line each. */
export async function notUpgraded(stage: Stage, version: string): Promise<readonly string[]> {
  const nodes = JSON.parse(await stage.kubectl("get nodes -o json")) as Nodes;
  const pods = JSON.parse(await stage.kubectl("-n kube-system get pods -o json")) as Pods;
  const ofNodes = nodes.items.flatMap(({ metadata: { name, annotations }, spec, status }) => [
    ...(status.nodeInfo.kubeletVersion === `v${version}` ? [] : [`${name} runs kubelet ${status.nodeInfo.kubeletVersion}`]),
    ...(spec.unschedulable === true ? [`${name} is cordoned`] : []),
    ...(annotations?.["provision/cordoned"] === undefined ? [] : [`${name} bears the mark of a cordon`]),
    ...(isReady(status.conditions) ? [] : [`${name} is not Ready`]),
  ]);
  const missing = stage.lab.nodes.filter(({ name }) => !nodes.items.some(({ metadata }) => metadata.name === name));
  const ofPlanes = stage.planes.flatMap(({ name }) =>
    staticPods.flatMap((component) => {
      const pod = pods.items.find(({ metadata }) => metadata.name === `${component}-${name}`);
      if (pod === undefined) return [`${component} of ${name} is not there`];
      const images = pod.spec.containers.map(({ image }) => image);
      return [
        ...(images.some((image) => image.endsWith(`/${component}:v${version}`)) ? [] : [`${name} runs ${images.join(", ")}`]),
        ...(isReady(pod.status.conditions) ? [] : [`${component} of ${name} is not Ready`]),
      ];
    }),
  );
  const proxies = pods.items
    .filter(({ metadata }) => metadata.name.startsWith("kube-proxy-"))
    .filter(({ spec }) => !spec.containers.some(({ image }) => image.includes(`/kube-proxy:v${version}`)))
    .map(({ spec }) => `${spec.nodeName} runs ${spec.containers.map(({ image }) => image).join(", ")}`);
  return [...missing.map(({ name }) => `${name} is no node of the cluster`), ...ofNodes, ...ofPlanes, ...proxies];
}
