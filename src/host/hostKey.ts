import { createHash } from "node:crypto";

/** A server's public key in SSH wire form (RFC 4253, section 6.6), base64 as known_hosts has it. */
export interface HostKey {
  readonly type: string;
  readonly base64: string;
}

/** Reads the type that stands first in a key's wire form; "unknown" when the bytes are no key. */
export function readHostKey(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  const type = length > 0 && length <= 64 && 4 + length <= blob.length ? blob.toString("latin1", 4, 4 + length) : "";
  return { type: /^[\w@.-]+$/.test(type) ? type : "unknown", base64: blob.toString("base64") };
}

/** "SHA256:" and base64 without padding, as `ssh-keygen -l` prints it. */
export const fingerprint = (key: HostKey): string =>
  `SHA256:${createHash("sha256").update(Buffer.from(key.base64, "base64")).digest("base64").replace(/=+$/, "")}`;

/** The name people use: "ED25519", "ECDSA", "RSA". */
export const keyTypeName = (type: string): string =>
  type.startsWith("ecdsa-") ? "ECDSA" : type.replace(/^ssh-/, "").replace(/^dss$/, "dsa").toUpperCase();

const families = {
  ED25519: ["ssh-ed25519"],
  ECDSA: ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
  RSA: ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
} as const;

export type HostKeyAlgorithm = (typeof families)[keyof typeof families][number];

/** Signature algorithms to offer, those of the known key types first, so that a server shows the key that can be checked. */
export function hostKeyAlgorithms(knownTypes: readonly string[]): HostKeyAlgorithm[] {
  const of = (type: string): readonly HostKeyAlgorithm[] =>
    type === "ssh-rsa"
      ? families.RSA
      : Object.values(families)
          .flat()
          .filter((algorithm) => algorithm === type);
  return [...new Set([...knownTypes.flatMap(of), ...families.ED25519, ...families.ECDSA, ...families.RSA])];
}

/** The algorithms without those that show the types already seen. */
export const otherAlgorithms = (seenTypes: readonly string[]): HostKeyAlgorithm[] =>
  Object.entries(families)
    .filter(([name]) => !seenTypes.some((type) => keyTypeName(type) === name))
    .flatMap(([, algorithms]) => [...algorithms]);
