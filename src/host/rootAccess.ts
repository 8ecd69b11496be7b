import type { ClientChannel } from "ssh2";
import type { SshSpec } from "../model/cluster.ts";
import { Secret } from "../model/secret.ts";
import { HostError } from "./host.ts";
import { withDeadline } from "./limit.ts";
import type { Redactor } from "./redact.ts";
import type { SshConnection } from "./sshConnection.ts";

/** How to become root on a node. */
export interface RootAccess {
  /** Stands before "/bin/sh" on the login shell's command line; empty for root. */
  readonly prefix: string;
  /** What sudo reads first from stdin: the password and a newline; empty when it wants none. */
  readonly preamble: Secret;
}

const withoutSudo: RootAccess = { prefix: "", preamble: new Secret("") };
const withoutPassword: RootAccess = { prefix: "sudo -n ", preamble: new Secret("") };
const withPassword = (password: string): RootAccess => ({ prefix: "sudo -S -k -p '' ", preamble: new Secret(`${password}\n`) });

/** 127 is what a shell says of a command it cannot find. */
const notFound = 127;
const probeDeadline = 30_000;

/** Runs a command line with fixed stdin to its end. `code` is undefined when the server gave none. */
async function probe(channel: ClientChannel, stdin: string): Promise<{ code: number | undefined; said: string }> {
  const said: Buffer[] = [];
  channel.on("data", (chunk: Buffer) => said.push(chunk));
  channel.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  const closed = new Promise<number | undefined>((resolve) => {
    channel.once("close", (status?: number | null) => resolve(status ?? undefined));
  });
  channel.end(stdin);
  const code = await closed;
  return { code, said: Buffer.concat(said).toString().trim() };
}

/**
 * Finds out once how this login becomes root. The very shell that will be used is tried, since sudoers may allow one command and not another,
 * and without cached credentials (-k), since those may end in the middle. Rejects with HostError "sudo".
 */
export async function findRootAccess(
  connection: SshConnection,
  ssh: Pick<SshSpec, "user" | "sudoPasswordEnv">,
  env: Readonly<Record<string, string | undefined>>,
  redactor: Redactor,
): Promise<RootAccess> {
  if (ssh.user === "root") return withoutSudo;
  const { name } = connection;
  const silent = (): HostError =>
    new HostError("sudo", name, `sudo on ${name} did not answer within ${probeDeadline / 1000} s`, { hint: "try it by hand" });
  const attempt = async (command: string, stdin: string): Promise<{ code: number | undefined; said: string }> => {
    const result = await withDeadline(probe(await connection.exec(`exec ${command}/bin/sh -c :`), stdin), probeDeadline, silent);
    connection.gone.throwIfAborted();
    return result;
  };
  const fail = (message: string, said: string, hint: string): never => {
    throw new HostError("sudo", name, message, { ...(said === "" ? {} : { seen: redactor.redact(said) }), hint });
  };
  const free = await attempt("sudo -n -k ", "");
  if (free.code === 0) return withoutPassword;
  if (free.code === notFound)
    return fail(`there is no sudo on ${name}`, free.said, `install sudo there, or log in as root instead of ${ssh.user}`);
  const variable = ssh.sudoPasswordEnv;
  const alternatives = `allow ${ssh.user} sudo without a password there (NOPASSWD), or log in as root`;
  if (variable === null)
    return fail(
      `sudo on ${name} wants a password for ${ssh.user}, and none was given`,
      free.said,
      `name a variable that holds it in ssh.sudoPasswordEnv, or ${alternatives}`,
    );
  const password = env[variable];
  if (!password)
    return fail(
      `sudo on ${name} wants a password for ${ssh.user}, and ${variable} is not set`,
      free.said,
      `set ${variable} to it, or ${alternatives}`,
    );
  redactor.add(password);
  if (/[\n\0]/.test(password))
    return fail(`the password in ${variable} has a line break in it`, "", `set ${variable} to one line`);
  const access = withPassword(password);
  const result = await attempt(access.prefix, access.preamble.reveal());
  if (result.code !== 0)
    return fail(
      `sudo on ${name} did not accept ${ssh.user} with the password in ${variable}`,
      result.said,
      `correct the password in ${variable}, check with "sudo -l" that ${ssh.user} may run /bin/sh as root, or ${alternatives}`,
    );
  return access;
}
