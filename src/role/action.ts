import type { FileArtifact } from "../artifacts/catalog.ts";
import type { Script } from "../host/sh.ts";
import type { Secret } from "../model/secret.ts";

/** Where an action runs: on the step's own node, or on any healthy control plane. */
export type Where = "node" | "control-plane";

/** What a step does, as data. One interpreter (`run/perform`) carries these out; nothing else changes a machine. */
export type Action =
  | {
      readonly kind: "write";
      readonly path: string;
      readonly content: string | Secret;
      readonly mode: string;
      readonly owner?: string;
    }
  | { readonly kind: "delete"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  /** Ships an artifact from the controller's cache and unpacks it into `folder`, which appears whole or not at all. */
  | { readonly kind: "store"; readonly artifact: FileArtifact; readonly folder: string }
  | { readonly kind: "image"; readonly ref: string; readonly digest: string; readonly namespace: string }
  | { readonly kind: "daemon-reload" }
  | { readonly kind: "unit"; readonly unit: string; readonly operation: "enable" | "disable" | "start" | "stop" | "restart" }
  /** A short command (under half a minute). Exit code 0 is success. `allow` lists other exit codes that are fine. */
  | {
      readonly kind: "run";
      readonly summary: string;
      readonly script: Script;
      readonly where?: Where;
      readonly stdin?: string | Secret;
    }
  /** A longer command, as a named systemd unit on the node: a lost connection loses nothing, a second run re-attaches to it. */
  | {
      readonly kind: "job";
      readonly name: string;
      readonly summary: string;
      readonly script: Script;
      readonly deadlineSeconds: number;
    }
  /** Copies files (keys, certificates) from a healthy control plane to the node, through memory only, owner-only at the end. */
  | { readonly kind: "copy"; readonly paths: readonly string[]; readonly from: "control-plane" }
  /** `approving`: serving certificates asked for in the meantime are signed too, before each look. */
  | { readonly kind: "wait"; readonly condition: Condition; readonly approving?: true }
  /** Signs pending kubelet serving certificates of the inventory's nodes, after a look inside each request. */
  | { readonly kind: "approve-serving-certificates" };

/** Something that must become true: polled every `intervalMs` until met or `deadlineMs` has passed; the last reason is kept. */
export interface Condition {
  readonly summary: string;
  readonly where?: Where;
  readonly script: Script;
  /** null: met. Otherwise why not yet, in words for a person. */
  readonly unmet: (reply: { readonly code: number; readonly stdout: string; readonly stderr: string }) => string | null;
  readonly intervalMs: number;
  readonly deadlineMs: number;
  /** Brings pods of its own while it asks, and takes them away: asked after a change and by `verify --connectivity`, not by plain `verify`. */
  readonly bringsPods?: true;
  /** True: nothing will come of waiting longer. Asked of an unmet reply. */
  readonly hopeless?: (reply: { readonly code: number; readonly stdout: string; readonly stderr: string }) => boolean;
  /** Must be met at every look for so long; absent: once is enough. */
  readonly holdMs?: number;
  /** Commands whose output explains a miss (logs, status), shown with the error. */
  readonly evidence?: Script;
}
