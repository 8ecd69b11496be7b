import { createHmac } from "node:crypto";
import type { HostKey } from "./hostKey.ts";

/** One usable line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  /** 1-based. */
  readonly line: number;
  readonly revoked: boolean;
  readonly key: HostKey;
  matches(name: string): boolean;
}

export interface KnownHosts {
  readonly hosts: readonly KnownHost[];
  /** Lines that could not be used, and why. */
  readonly notes: readonly { readonly line: number; readonly note: string }[];
}

/** The name known_hosts has for an address: bare on port 22, "[host]:port" elsewhere. */
export const knownHostsName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

function wildcard(pattern: string): RegExp {
  const body = pattern
    .toLowerCase()
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${body}$`, "s");
}

function hashedName(field: string): ((name: string) => boolean) | undefined {
  const [, salt, hash] = /^\|1\|([A-Za-z0-9+/]+=*)\|([A-Za-z0-9+/]+=*)$/.exec(field) ?? [];
  if (salt === undefined || hash === undefined) return undefined;
  return (name) => createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

function patternList(field: string): (name: string) => boolean {
  const patterns = field.split(",").filter((part) => part !== "");
  const refused = patterns.filter((part) => part.startsWith("!")).map((part) => wildcard(part.slice(1)));
  const accepted = patterns.filter((part) => !part.startsWith("!")).map(wildcard);
  return (name) => !refused.some((pattern) => pattern.test(name)) && accepted.some((pattern) => pattern.test(name));
}

/** Reads a whole known_hosts file. Never throws: a line it cannot use becomes a note. */
export function parseKnownHosts(text: string): KnownHosts {
  const hosts: KnownHost[] = [];
  const notes: { line: number; note: string }[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = index + 1;
    const fields = raw.trim().split(/[ \t]+/);
    if (fields[0] === "" || fields[0]?.startsWith("#")) continue;
    const marker = fields[0]?.startsWith("@") ? fields.shift() : undefined;
    const [names, type, base64] = fields;
    if (marker === "@cert-authority") {
      notes.push({ line, note: "certificate authorities are not used; the host's own key must be known" });
    } else if (marker !== undefined && marker !== "@revoked") {
      notes.push({ line, note: `unknown marker ${marker}` });
    } else if (names === undefined || type === undefined || base64 === undefined || !/^[A-Za-z0-9+/]+=*$/.test(base64)) {
      notes.push({ line, note: "not a known_hosts line" });
    } else {
      const matches = names.startsWith("|") ? hashedName(names) : patternList(names);
      if (matches === undefined) notes.push({ line, note: "unknown kind of hashed name" });
      else hosts.push({ line, revoked: marker === "@revoked", key: { type, base64 }, matches });
    }
  }
  return { hosts, notes };
}
