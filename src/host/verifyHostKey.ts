import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { SshSpec } from "../model/cluster.ts";
import { HostError } from "./host.ts";
import { fingerprint, type HostKey, keyTypeName } from "./hostKey.ts";
import { type KnownHost, knownHostsName, parseKnownHosts } from "./knownHosts.ts";

export type HostKeySpec = Pick<SshSpec, "host" | "port" | "hostKeys" | "knownHosts">;

/** The lines of the known_hosts file that speak of this address; a file that does not exist knows nobody. */
export async function knownKeys(name: string, spec: HostKeySpec): Promise<readonly KnownHost[]> {
  const text = await readFile(spec.knownHosts, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw new HostError("host-key-unknown", name, `${spec.knownHosts} cannot be read (${error.code ?? "unknown reason"})`, {
      hint: "host keys are always verified: make the file readable, or put the fingerprints into hostKeys in the inventory",
      cause: error,
    });
  });
  const address = knownHostsName(spec.host, spec.port);
  return parseKnownHosts(text).hosts.filter((known) => known.matches(address));
}

const show = (key: HostKey): string => `${keyTypeName(key.type)} ${fingerprint(key)}`;

/** "ok", "unknown" (nothing is known of this host), or the HostError that says how the key differs. Pure. */
export function judgeHostKey(
  name: string,
  spec: HostKeySpec,
  known: readonly KnownHost[],
  key: HostKey,
): "ok" | "unknown" | HostError {
  const address = knownHostsName(spec.host, spec.port);
  const same = (host: KnownHost): boolean => host.key.base64 === key.base64;
  const changed = (message: string, hint: string): HostError =>
    new HostError("host-key-changed", name, message, { seen: show(key), hint });
  const revoked = known.find((host) => host.revoked && same(host));
  if (revoked !== undefined)
    return changed(
      `the host key of ${address}, ${show(key)}, is revoked by ${spec.knownHosts}:${revoked.line}`,
      "do not use this host until its key is replaced",
    );
  if (spec.hostKeys.length > 0) {
    if (spec.hostKeys.includes(fingerprint(key))) return "ok";
    return changed(
      `the host key of ${address} is ${show(key)}, and the inventory expects ${spec.hostKeys.join(" or ")}`,
      "if the machine was reinstalled, correct hostKeys in the inventory; otherwise somebody may be listening in",
    );
  }
  const trusted = known.filter((host) => !host.revoked);
  if (trusted.some(same)) return "ok";
  const [expected] = [...trusted.filter((host) => host.key.type === key.type), ...trusted];
  if (expected === undefined) return "unknown";
  return changed(
    `the host key of ${address} has changed: it is ${show(key)}, and ${spec.knownHosts}:${expected.line} says ${show(expected.key)}`,
    `if the machine was reinstalled, remove the old key: ssh-keygen -R '${address}' -f ${spec.knownHosts}; otherwise somebody may be listening in`,
  );
}

export const unknownHostKey = (name: string, spec: HostKeySpec, key: HostKey): HostError =>
  new HostError(
    "host-key-unknown",
    name,
    `the host key of ${knownHostsName(spec.host, spec.port)} is not known: it shows ${show(key)}`,
    {
      seen: show(key),
      hint:
        `compare it with what the machine's console says (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), then: --accept-new-host-keys, ` +
        `or ssh-keyscan -p ${spec.port} ${spec.host} >> ${spec.knownHosts}, or hostKeys: ["${fingerprint(key)}"] in the inventory`,
    },
  );

/** Adds a line in one append, so that several writers never mix theirs. Rejects with HostError "host-key-unknown" when it cannot. */
export async function rememberHostKey(name: string, spec: HostKeySpec, key: HostKey): Promise<void> {
  try {
    await mkdir(dirname(spec.knownHosts), { recursive: true, mode: 0o700 });
    const file = await open(spec.knownHosts, "a+", 0o600);
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await file.read(last, 0, 1, size - 1);
      const lead = size > 0 && last[0] !== 0x0a ? "\n" : "";
      await file.appendFile(`${lead}${knownHostsName(spec.host, spec.port)} ${key.type} ${key.base64}\n`);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new HostError("host-key-unknown", name, `the host key of ${spec.host} could not be written to ${spec.knownHosts}`, {
      seen: (error as NodeJS.ErrnoException).code ?? "unknown reason",
      hint: "make the file writable, or put the fingerprint into hostKeys in the inventory",
      cause: error,
    });
  }
}
