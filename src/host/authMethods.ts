import ssh2, { type AnyAuthMethod, type ParsedKey, type SigningRequestOptions } from "ssh2";
import type { SshSpec } from "../model/cluster.ts";
import { HostError } from "./host.ts";
import { fingerprint, keyTypeName, readHostKey } from "./hostKey.ts";
import { type Identity, loadIdentity, passphraseVariable } from "./identity.ts";

export interface AuthMethods {
  readonly methods: readonly AnyAuthMethod[];
  /** One line per key that will be offered, and per key that cannot be. */
  readonly offered: readonly string[];
}

export interface AuthDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly agentSocket?: string | undefined;
}

/** An agent with its keys in a chosen order; servers count attempts (sshd: MaxAuthTries 6), so the likeliest comes first. */
class OrderedAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: ssh2.OpenSSHAgent;
  readonly #keys: ParsedKey[];
  constructor(agent: ssh2.OpenSSHAgent, keys: ParsedKey[]) {
    super();
    this.#agent = agent;
    this.#keys = keys;
  }
  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(undefined, this.#keys);
  }
  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | ssh2.SignCallback,
    callback?: ssh2.SignCallback,
  ): void {
    if (typeof options === "function") this.#agent.sign(key, data, {}, options);
    else this.#agent.sign(key, data, options, callback);
  }
}

const describe = (key: ParsedKey, from: string): string => {
  const wire = readHostKey(key.getPublicSSH());
  return `${keyTypeName(wire.type)} ${fingerprint(wire)} (${from})`;
};

const agentKeys = (agent: ssh2.OpenSSHAgent): Promise<ParsedKey[] | undefined> =>
  new Promise((resolve) => agent.getIdentities((error, keys) => resolve(error ? undefined : ((keys ?? []) as ParsedKey[]))));

/**
 * What to log in with: the identity file, then the agent's keys, the identity's own first.
 * Rejects with HostError "key-file" (missing, open to others, encrypted and no way to open it) or "auth" (nothing to offer).
 */
export async function authMethods(
  name: string,
  ssh: Pick<SshSpec, "user" | "identityFile">,
  deps: AuthDeps,
): Promise<AuthMethods> {
  const identity: Identity | undefined =
    ssh.identityFile === null ? undefined : await loadIdentity(name, ssh.identityFile, deps.env[passphraseVariable]);
  const methods: AnyAuthMethod[] = [];
  const offered: string[] = [];
  if (identity !== undefined && "key" in identity) {
    methods.push({ type: "publickey", username: ssh.user, key: identity.key });
    offered.push(describe(identity.key, ssh.identityFile ?? ""));
  }
  if (deps.agentSocket) {
    const agent = new ssh2.OpenSSHAgent(deps.agentSocket);
    const keys = await agentKeys(agent);
    const own = identity === undefined ? undefined : "key" in identity ? identity.key.getPublicSSH() : identity.publicKey;
    const isOwn = (key: ParsedKey): boolean => own?.equals(key.getPublicSSH()) === true;
    const ordered = [...(keys ?? [])]
      .filter((key) => !(isOwn(key) && methods.length > 0))
      .sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)));
    if (ordered.length > 0) methods.push({ type: "agent", username: ssh.user, agent: new OrderedAgent(agent, ordered) });
    offered.push(...ordered.map((key) => describe(key, "agent")));
    if (keys === undefined) offered.push(`none from the agent: nothing answers at ${deps.agentSocket}`);
    else if (keys.length === 0) offered.push("none from the agent: it holds no key");
  }
  if (identity !== undefined && "encrypted" in identity) {
    if (methods.length === 0)
      throw new HostError("key-file", name, `${ssh.identityFile}: the key is encrypted and no passphrase was given`, {
        hint: `set ${passphraseVariable}, or add the key to an agent with ssh-add`,
      });
    offered.push(`not ${ssh.identityFile}: it is encrypted and ${passphraseVariable} is not set`);
  }
  if (methods.length === 0)
    throw new HostError("auth", name, `there is no key to log in to ${name} with`, {
      ...(offered.length > 0 ? { seen: offered.join("\n") } : {}),
      hint: "set ssh.identityFile in the inventory, or start an agent (SSH_AUTH_SOCK) that holds a key",
    });
  return { methods, offered };
}
