import { readInventory } from "../../src/inventory/loadInventory.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";

/** A cluster as an inventory makes it: cp-1 … at 10.77.0.11 …, w-1 … at 10.77.0.21 …. `network` and `extra` are YAML, of that field and at top level. */
export function sampleCluster({
  controlPlanes = 1,
  workers = 2,
  network = "{cni: {name: flannel, version: 0.28.7}}",
  extra = "",
} = {}): ClusterSpec {
  const node = (name: string, address: string, role: string): string =>
    `  - {name: ${name}, address: ${address}, roles: [${role}]}\n`;
  const planes = Array.from({ length: controlPlanes }, (_, i) => node(`cp-${i + 1}`, `10.77.0.${11 + i}`, "control-plane"));
  const others = Array.from({ length: workers }, (_, i) => node(`w-${i + 1}`, `10.77.0.${21 + i}`, "worker"));
  const text = `apiVersion: provision/v1
name: sample
kubernetes: {version: 1.36.4}
network: ${network}
artifacts: {from: mirror, url: "http://10.77.0.254:8080", catalog: catalog.json, registry: "http://10.77.0.254:5000"}
ssh: {user: root}
${extra}
nodes:
${planes.join("")}${others.join("")}`;
  return readInventory(Buffer.from(text), { source: "sample.yaml", folder: "/nowhere", home: "/home/someone" }).cluster;
}
