import { join } from "node:path";
import type { Layer, OciImage } from "./ociImage.ts";

export interface LabImage {
  /** The upstream name pods use. */
  readonly ref: (folders: Folders) => string;
  /** For messages and the cache. */
  readonly name: string;
  /** Components whose results are in it: "kubernetes 1.36.4". */
  readonly from: readonly string[];
  readonly image: (folders: Folders) => OciImage;
}

/** Component id -> the folder of its results. */
export type Folders = (component: string) => string;

export const USERLAND = "userland bookworm";

/** The images a manifest names: lines "image: <ref>". */
export function imagesIn(manifest: string): readonly string[] {
  return [...new Set([...manifest.matchAll(/^\s*(?:- )?image:\s*"?([^\s"]+)"?\s*$/gm)].map((match) => match[1] ?? ""))];
}

/** Debian's static busybox under these names. */
export const busybox = (folders: Folders, tools: readonly string[]): Layer => ({
  files: { "/bin/busybox": join(folders(USERLAND), "busybox") },
  links: Object.fromEntries(tools.map((tool) => [`/bin/${tool}`, "busybox"])),
});

/** What a manifest of a network may call, and a person in such a pod. */
export const SHELL = [
  "sh",
  "cp",
  "cat",
  "ls",
  "echo",
  "sleep",
  "mkdir",
  "true",
  "false",
  "test",
  "grep",
  "sed",
  "hostname",
  "ip",
  "wget",
];

/** What kube-proxy and every network's agent call: nft, iptables, ipset, conntrack, ip. */
export const netTools = (folders: Folders): Layer => ({ tar: join(folders(USERLAND), "net.tar") });

/** A component's files by their path in the image -> their name in its folder. */
export const filesOf = (folders: Folders, component: string, files: Readonly<Record<string, string>>): Layer => ({
  files: Object.fromEntries(Object.entries(files).map(([path, name]) => [path, join(folders(component), name)])),
});

/** What every distribution has: who root is, which multus-daemon dies without, and /var/run, where a runtime says network namespaces are. */
export const BASE_FILES: Layer = {
  texts: { "/etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\n", "/etc/group": "root:x:0:\n" },
  links: { "/var/run": "../run" },
};
