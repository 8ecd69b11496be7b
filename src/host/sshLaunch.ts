import type { Child, Output } from "./child.ts";
import { killDeadline } from "./child.ts";
import { FrameReader } from "./frame.ts";
import { HostError } from "./host.ts";
import { withDeadline } from "./limit.ts";
import type { Redactor } from "./redact.ts";
import { exitCode, randomMark, startScript } from "./remoteShell.ts";
import type { RootAccess } from "./rootAccess.ts";
import { quote } from "./sh.ts";
import type { SshConnection } from "./sshConnection.ts";

/** Kills a process group there as root; 0 is no group. */
export async function killGroup(connection: SshConnection, root: RootAccess, group: number): Promise<void> {
  if (group <= 1) return;
  const work = async (): Promise<void> => {
    const channel = await connection.exec(`exec ${root.prefix}/bin/sh -c ${quote(`kill -KILL -${group}`)}`);
    const closed = new Promise<void>((resolve) => channel.once("close", resolve));
    channel.resume().stderr.resume();
    channel.end(root.preamble.reveal());
    await closed;
  };
  await withDeadline(work(), killDeadline, () => new HostError("timeout", connection.name, "kill did not end")).catch(
    () => undefined,
  );
}

/** The command never began: sudo or the login shell would not let it. */
export const notStarted = (connection: SshConnection, root: RootAccess, said: string, redactor: Redactor): HostError =>
  root.prefix === ""
    ? new HostError("auth", connection.name, `the login on ${connection.name} does not run commands`, {
        seen: redactor.redact(said),
        hint: "check the user's login shell and any ForceCommand of its sshd",
      })
    : new HostError("sudo", connection.name, `sudo on ${connection.name} did not start a shell`, {
        seen: redactor.redact(said),
        hint: "try sudo there by hand",
      });

/** Starts a script in a session channel of its own. */
export async function sshLaunch(
  connection: SshConnection,
  root: RootAccess,
  redactor: Redactor,
  script: string,
  output: Output,
  options: { readonly stdin: boolean },
): Promise<Child> {
  const mark = randomMark();
  const text = Buffer.from(script === "" ? ":" : script);
  const channel = await connection.exec(`exec ${root.prefix}/bin/sh -c ${quote(startScript(mark, text.length, options.stdin))}`);
  const header = new FrameReader(mark);
  const early: Buffer[] = [];
  let onHeader = (): void => undefined;
  const started = new Promise<void>((resolve) => {
    onHeader = resolve;
  });
  channel.on("data", (chunk: Buffer) => {
    if (header.frame !== undefined) return output.stdout(chunk);
    const frame = header.push(chunk);
    if (frame === undefined) return;
    onHeader();
    if (frame.rest.length > 0) output.stdout(frame.rest);
  });
  channel.stderr.on("data", (chunk: Buffer) => {
    if (header.frame === undefined) early.push(chunk);
    output.stderr(chunk);
  });
  channel.on("error", () => undefined);
  const ended = new Promise<number>((resolve, reject) => {
    // "close" repeats what "exit" said, which may have come in the same packet as the answer to exec, before anybody listened.
    channel.once("close", (status?: number | null, signal?: string) => {
      const code = exitCode(status, signal);
      if (connection.gone.aborted) reject(connection.gone.reason);
      else if (header.frame === undefined)
        reject(notStarted(connection, root, Buffer.concat([header.partial, ...early]).toString(), redactor));
      else if (code === undefined)
        reject(new HostError("lost", connection.name, `${connection.name} closed the session without an exit code`));
      else resolve(code);
    });
  });
  ended.catch(() => undefined);
  channel.write(Buffer.concat([Buffer.from(root.preamble.reveal()), text]));
  if (!options.stdin) channel.end();
  return {
    stdin: channel,
    ended,
    async kill() {
      // Before its first line the command's group is not known.
      const silent = (): HostError => new HostError("timeout", connection.name, "the command did not begin");
      await withDeadline(Promise.race([started, ended]), killDeadline, silent).catch(() => undefined);
      await killGroup(connection, root, header.frame?.code ?? 0);
      channel.close();
    },
  };
}
