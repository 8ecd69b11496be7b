import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import ssh2, { type AuthContext, type Connection, type ServerChannel } from "ssh2";
import { fingerprint, readHostKey } from "../host/hostKey.ts";

export interface SshServerOptions {
  /** Working directory and HOME of commands. */
  readonly root: string;
  /** Added to the environment of commands; PATH goes in front of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Private keys the server shows; one new ed25519 key unless said. */
  readonly hostKeys?: readonly string[];
  /** Public keys that may log in as `users`, in authorized_keys form. */
  readonly authorizedKeys: readonly string[];
  /** Everybody unless said. */
  readonly users?: readonly string[];
  /** Said true, the n-th session (from 1, over the whole server's life) is refused. */
  readonly refuseSession?: (n: number) => boolean;
  /** Each connection is cut once this many bytes went over it, both ways together. */
  readonly dropAfterBytes?: number;
  /** Leaves Nagle's algorithm on, as a server that was not thought about. Default off. */
  readonly nagle?: boolean;
  /** Answers a command line instead of /bin/sh; undefined lets /bin/sh answer. */
  readonly respond?: (command: string, channel: ServerChannel) => true | undefined;
  /** May connections be forwarded to another address? Default yes. */
  readonly forwarding?: boolean;
}

export interface SshServer {
  readonly port: number;
  /** known_hosts lines for 127.0.0.1. */
  readonly knownHosts: string;
  /** SHA256 fingerprints of the host keys. */
  readonly fingerprints: readonly string[];
  /** Sessions and forwarded streams opened so far, over all connections. */
  readonly counts: { connections: number; sessions: number; forwards: number };
  /** Cuts all connections now, as a pulled cable with a reset would. */
  drop(): void;
  /** Ends what still runs, too. */
  close(): Promise<void>;
}

/** A new ed25519 pair in OpenSSH's form. ssh2 1.17 makes about 3 in 1000 that nobody can read, itself and OpenSSH included: those are made anew. */
export function newKeyPair(): { private: string; public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

/** A real SSH server on loopback that runs commands with /bin/sh. For tests and benches only: it has the rights of this process. */
export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const hostKeys = options.hostKeys ?? [newKeyPair().private];
  const counts = { connections: 0, sessions: 0, forwards: 0 };
  const sockets = new Set<Socket>();
  const commands = new Set<ChildProcess>();
  const inner = new ssh2.Server({ hostKeys: [...hostKeys] });
  inner.on("connection", (connection: Connection) => {
    counts.connections++;
    connection.on("error", () => undefined);
    connection.on("authentication", (context: AuthContext) => authenticate(context, options));
    connection.on("session", (accept, reject) => {
      counts.sessions++;
      if (options.refuseSession?.(counts.sessions) === true) return reject();
      const session = accept();
      session.on("exec", (acceptExec, _reject, info) => {
        const channel = acceptExec();
        if (options.respond?.(info.command, channel) !== true) commands.add(runCommand(info.command, channel, options));
      });
    });
    connection.on("tcpip", (accept, reject, info) => {
      counts.forwards++;
      if (options.forwarding === false) return reject();
      const target = connect({ host: info.destIP, port: info.destPort, noDelay: true });
      target.once("error", () => reject());
      target.once("connect", () => {
        const channel = accept();
        channel.on("error", () => undefined);
        target.removeAllListeners("error").on("error", () => channel.close());
        channel.pipe(target).pipe(channel);
        channel.on("close", () => target.destroy());
      });
    });
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(options.nagle !== true);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
    if (options.dropAfterBytes !== undefined) cutAfter(socket, options.dropAfterBytes);
    inner.injectSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const keys = hostKeys.map((key) => readHostKey(publicBlob(key)));
  const drop = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port,
    knownHosts: keys.map((key) => `[127.0.0.1]:${port} ${key.type} ${key.base64}\n`).join(""),
    fingerprints: keys.map(fingerprint),
    counts,
    drop,
    async close() {
      drop();
      for (const { pid, exitCode, signalCode } of commands)
        if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
      server.close();
      await once(server, "close");
    },
  };
}

function publicBlob(key: string): Buffer {
  const parsed = ssh2.utils.parseKey(key);
  if (parsed instanceof Error) throw parsed;
  return (Array.isArray(parsed) ? parsed[0] : parsed).getPublicSSH();
}

function authenticate(context: AuthContext, options: SshServerOptions): void {
  if (mayLogIn(context, options)) context.accept();
  else context.reject(["publickey"]);
}

function mayLogIn(context: AuthContext, options: SshServerOptions): boolean {
  if (context.method !== "publickey" || options.users?.includes(context.username) === false) return false;
  const line = options.authorizedKeys.find((candidate) =>
    Buffer.from(candidate.split(" ")[1] ?? "", "base64").equals(context.key.data),
  );
  const key = line === undefined ? undefined : ssh2.utils.parseKey(line);
  if (key === undefined || key instanceof Error) return false;
  // Without a signature the client only asks whether this key would do.
  return context.signature === undefined || key.verify(context.blob as Buffer, context.signature, context.hashAlgo) === true;
}

/** As sshd without a terminal: a lost connection closes the command's streams and does not kill it. */
function runCommand(command: string, channel: ServerChannel, options: SshServerOptions): ChildProcess {
  const path = [options.env?.PATH, process.env.PATH].filter((part) => part !== undefined).join(":");
  const child = spawn("/bin/sh", ["-c", command], {
    cwd: options.root,
    env: { ...options.env, PATH: path, HOME: options.root },
    detached: true,
  });
  child.stdin.on("error", () => undefined);
  channel.on("error", () => undefined);
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  channel.on("close", () => child.stdin.destroy());
  child.on("close", (code, signal) => {
    if (code !== null) channel.exit(code);
    else channel.exit((signal ?? "SIGKILL").slice(3));
    channel.end();
  });
  return child;
}

/** Counts what comes in as it comes, and what goes out on the way. */
function cutAfter(socket: Socket, bytes: number): void {
  const check = (): void => {
    if (socket.bytesRead + socket.bytesWritten > bytes) socket.resetAndDestroy();
  };
  const write = socket.write.bind(socket) as (...parameters: unknown[]) => boolean;
  socket.write = (...parameters: unknown[]): boolean => {
    const more = write(...parameters);
    check();
    return more;
  };
  socket.prependListener("data", check);
}
