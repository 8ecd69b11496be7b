import { expect } from "vitest";
import { parseAllDocuments } from "yaml";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import { reveal } from "../../../src/model/secret.ts";
import { effects } from "./effects.ts";
import { clusterWithout, freshMachine, harness, inventory, noCluster } from "./sample.ts";

const ha = inventory("lab-ha");
/** Everything that can be switched off is off. */
export const hardest: ClusterSpec = {
  ...ha,
  endpoint: { kind: "external", host: "k8s.example", port: 6443 },
  security: { encryptSecrets: false, auditLog: false, podSecurity: "restricted" },
  kubelet: { ...ha.kubelet, evictionHard: {} },
};

const known = new Map<string, ReadonlyMap<string, string>>();

/** Path -> text of everything one node is given, those files included that are deleted again. */
export function written(cluster: ClusterSpec, node: string): ReadonlyMap<string, string> {
  const key = `${node} ${JSON.stringify(cluster)}`;
  const files = known.get(key) ?? write(cluster, node);
  known.set(key, files);
  return files;
}

function write(cluster: ClusterSpec, node: string): ReadonlyMap<string, string> {
  const machine = freshMachine(node);
  harness(cluster).converge(node, machine, node === "cp-1" ? noCluster : clusterWithout(node), effects);
  const writes = machine.taken.flatMap((action) =>
    action.kind === "write" ? [[action.path, reveal(action.content)] as const] : [],
  );
  const piped = [...machine.paths].flatMap(([path, at]) => (at.kind === "file" ? [[path, at.text] as const] : []));
  return new Map([...piped, ...writes]);
}

export const documents = (text: string): readonly Record<string, unknown>[] =>
  parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Record<string, unknown>;
  });
export const kinds = (text: string): readonly unknown[] => documents(text).map((one) => one.kind);
export const at = (files: ReadonlyMap<string, string>, path: string): string => {
  const text = files.get(path);
  if (text === undefined) throw new Error(`not written: ${path}; written: ${[...files.keys()].join(", ")}`);
  return text;
};
