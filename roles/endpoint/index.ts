import { sh } from "../../src/host/sh.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import { controlPlanes, type NodeSpec } from "../../src/model/cluster.ts";
import type { Condition } from "../../src/role/action.ts";
import { imageOf, pinnedImage } from "../../src/role/artifactOf.ts";
import { resourceStep } from "../../src/role/resource.ts";
import { file } from "../../src/role/resources/file.ts";
import { installed, running, type Service } from "../../src/role/resources/unit.ts";
import type { NodeTarget, Step } from "../../src/role/step.ts";

const nodeLocal = (_node: NodeSpec, cluster: ClusterSpec): boolean => cluster.endpoint.kind === "node-local";

function service(target: NodeTarget): Service {
  const { cluster, render, catalog } = target;
  const port = cluster.endpoint.port;
  const planes = controlPlanes(cluster).map(({ name, address }) => ({ name, address }));
  const config = render("endpoint/haproxy.cfg", { port, planes });
  return {
    unit: "provision-api-proxy.service",
    content: render("endpoint/api-proxy.service", { image: pinnedImage(target, catalog.proxyImage).ref }),
    files: [{ path: "/etc/provision/api-proxy/haproxy.cfg", content: config }],
    links: [],
  };
}

const listening = (port: number): Condition => ({
  summary: `the API proxy listens on 127.0.0.1:${port}`,
  script: sh`ss -Hltn ${`sport = :${port}`}`,
  unmet: ({ stdout }) => (stdout.trim() === "" ? "nothing listens there" : null),
  intervalMs: 100,
  deadlineMs: 20_000,
  evidence: sh`journalctl -u provision-api-proxy -n 12 --no-pager -o cat`,
});

/**
 * The API's address on every node: a proxy on loopback that knows all control planes and follows the inventory. It runs as a
 * service of containerd, not as a pod, because a joining node needs it before it has a kubelet.
 */
export const endpoint: readonly Step[] = [
  resourceStep({
    id: "endpoint/image",
    summary: "the API proxy's image is on the node",
    stage: true,
    after: ["containerd/service"],
    when: nodeLocal,
    resources: (target) => [imageOf(target, target.catalog.proxyImage, "provision")],
  }),
  resourceStep({
    id: "endpoint/proxy",
    summary: "the API proxy knows the control planes of the inventory",
    after: ["endpoint/image"],
    when: nodeLocal,
    resources: (target) => [
      ...service(target).files.map(file),
      installed(service(target)),
      running(service(target), "connections from this node to the API, for a second; clients connect again by themselves"),
    ],
    verify: ({ cluster }) => [listening(cluster.endpoint.port)],
  }),
];
