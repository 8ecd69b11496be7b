import { FrameReader, frameCommand } from "./frame.ts";
import { HostError, type RunResult } from "./host.ts";
import { type Limit, orAbort, withDeadline } from "./limit.ts";
import type { Redactor } from "./redact.ts";
import { prelude, randomMark } from "./remoteShell.ts";
import type { RootAccess } from "./rootAccess.ts";
import { outputLimit, tooMuch } from "./runChild.ts";
import type { SshConnection } from "./sshConnection.ts";
import { killGroup, notStarted } from "./sshLaunch.ts";

/** A root shell that stays, one command at a time: no session to open, no sudo to ask, one round trip. */
export interface RootShell {
  /** False once it has ended or was killed. */
  readonly open: boolean;
  /** Only one at a time. The limit's end kills the command and this shell with it. */
  run(script: string, bound: Limit): Promise<RunResult>;
  close(): void;
}

const openDeadline = 30_000;

interface Pending {
  readonly script: string;
  readonly stdout: FrameReader;
  readonly stderr: FrameReader;
  readonly bound: Limit;
  resolve(): void;
  reject(reason: unknown): void;
}

export async function openRootShell(connection: SshConnection, root: RootAccess, redactor: Redactor): Promise<RootShell> {
  const session = randomMark();
  const channel = await connection.exec(`exec ${root.prefix}/bin/sh`);
  const hello = new FrameReader(session);
  const said: Buffer[] = [];
  let greet = (): void => undefined;
  let open = true;
  let count = 0;
  let pending: Pending | undefined;

  const receive = (stream: "stdout" | "stderr") => (chunk: Buffer) => {
    if (hello.frame === undefined) {
      if (stream === "stderr") said.push(chunk);
      else if (hello.push(chunk) !== undefined) greet();
      return;
    }
    if (pending === undefined) return;
    pending[stream].push(chunk);
    if (pending.stdout.frame !== undefined && pending.stderr.frame !== undefined) pending.resolve();
    else if (pending.stdout.size + pending.stderr.size > outputLimit)
      pending.bound.abort(tooMuch(connection.name, pending.script, redactor));
  };
  channel.on("data", receive("stdout"));
  channel.stderr.on("data", receive("stderr"));
  channel.on("error", () => undefined);
  const greeted = new Promise<void>((resolve, reject) => {
    greet = resolve;
    channel.once("close", () => {
      open = false;
      reject(notStarted(connection, root, Buffer.concat([hello.partial, ...said]).toString(), redactor));
      pending?.reject(new HostError("lost", connection.name, `the shell on ${connection.name} ended in mid-command`));
    });
  });
  channel.write(`${root.preamble.reveal()}${prelude(session)}\n`);
  const silent = (): HostError =>
    new HostError("timeout", connection.name, `no shell on ${connection.name} after ${openDeadline / 1000} s`);
  await withDeadline(greeted, openDeadline, silent).catch((error: unknown) => {
    channel.close();
    connection.gone.throwIfAborted();
    throw error;
  });

  return {
    get open() {
      return open;
    },
    async run(script, bound) {
      const mark = `${session}.${++count}`;
      const current = { script, bound, stdout: new FrameReader(mark), stderr: new FrameReader(mark) };
      const answered = new Promise<void>((resolve, reject) => {
        pending = { ...current, resolve, reject };
      });
      const stop = async (): Promise<void> => {
        open = false;
        await killGroup(connection, root, hello.frame?.code ?? 0);
        channel.close();
      };
      channel.write(frameCommand(mark, script));
      try {
        await orAbort(answered, bound.signal, stop);
      } catch (error) {
        throw connection.gone.aborted && !bound.signal.aborted ? connection.gone.reason : error;
      } finally {
        pending = undefined;
      }
      const { stdout, stderr } = current;
      return {
        code: stdout.frame?.code ?? 0,
        stdout: stdout.frame?.body.toString() ?? "",
        stderr: redactor.redact(stderr.frame?.body.toString() ?? ""),
      };
    },
    close() {
      open = false;
      channel.end();
    },
  };
}
