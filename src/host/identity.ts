import { readFile, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import ssh2, { type ParsedKey } from "ssh2";
import { HostError } from "./host.ts";

/** A private key ready to sign, or the public half of one that nobody here can decrypt. */
export type Identity = { readonly key: ParsedKey } | { readonly encrypted: true; readonly publicKey: Buffer | undefined };

export const passphraseVariable = "PROVISION_SSH_PASSPHRASE";

interface Envelope {
  readonly encrypted: boolean;
  /** Wire form; only OpenSSH's own format shows it without the passphrase. */
  readonly publicKey: Buffer | undefined;
}

/** Looks at the outside of a private key (PROTOCOL.key of OpenSSH; RFC 1421 for PEM). */
function readEnvelope(text: string): Envelope {
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text) ?? [];
  if (body === undefined) return { encrypted: /ENCRYPTED/.test(text), publicKey: undefined };
  const bytes = Buffer.from(body, "base64");
  let at = "openssh-key-v1\0".length;
  const field = (): Buffer => {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0;
    const value = bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return value;
  };
  const cipher = field().toString("latin1");
  field();
  field();
  at += 4;
  return { encrypted: cipher !== "none", publicKey: field() };
}

/** Reads an identity file the way ssh does: a key that others may read is refused. Rejects with HostError "key-file". */
export async function loadIdentity(host: string, file: string, passphrase: string | undefined): Promise<Identity> {
  const fail = (message: string, hint: string, cause?: unknown): never => {
    throw new HostError("key-file", host, `${file}: ${message}`, { hint, cause });
  };
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT"
      ? fail("the identity file does not exist", "set ssh.identityFile to a private key, or leave it out and use an agent", error)
      : fail(`the identity file cannot be read (${error.code ?? "unknown reason"})`, "check its owner and mode", error),
  );
  const { mode, uid } = await stat(file);
  if ((mode & 0o077) !== 0 && uid === userInfo().uid)
    fail(`mode ${(mode & 0o777).toString(8).padStart(4, "0")} lets others read this private key`, `chmod 600 ${file}`);
  const envelope = readEnvelope(text);
  if (envelope.encrypted && !passphrase) return { encrypted: true, publicKey: envelope.publicKey };
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(text, passphrase);
  if (parsed instanceof Error)
    return envelope.encrypted
      ? fail(`the passphrase in ${passphraseVariable} does not open this key`, "correct it, or add the key to an agent", parsed)
      : fail("not a private key in OpenSSH or PEM form", `ssh-keygen -p -f ${file} rewrites a key in OpenSSH's form`, parsed);
  const key = Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
  if (!key.isPrivateKey()) fail("this is a public key", "name the private one, without .pub");
  return { key };
}
