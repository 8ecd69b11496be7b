/** What became of each port a listener was asked to open. */
export type Opened =
  | { readonly port: number }
  /** Something else has it. */
  | "taken"
  | { readonly errno: number };

export interface Listening {
  readonly pid: number;
  /** By what was asked: "tcp/6443", "udp/0". */
  readonly ports: ReadonlyMap<string, Opened>;
}

const number = (text: string | undefined, most: number): number | null =>
  text !== undefined && /^\d{1,9}$/.test(text) && Number(text) <= most ? Number(text) : null;

/** The one line of a listener (see listenPerl); null when it is not one: `asked` are the ports it was given. */
export function readListening(line: string, asked: readonly string[]): Listening | null {
  const [ready, id, ...said] = line.trim().split(" ");
  const pid = number(id, 2 ** 22);
  if (ready !== "ready" || pid === null || pid === 0) return null;
  const words = new Map(said.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]));
  const ports = new Map<string, Opened>();
  for (const one of asked) {
    const opened = readOpened(one, words.get(one) ?? "");
    if (opened === null) return null;
    ports.set(one, opened);
  }
  return { pid, ports };
}

function readOpened(asked: string, word: string): Opened | null {
  if (word === "taken") return "taken";
  if (word === "listening") return { port: Number(asked.slice(4)) };
  if (word.startsWith("failed:")) return { errno: number(word.slice(7), 4095) ?? 0 };
  const port = number(word, 65535);
  return asked !== "udp/0" || port === null || port === 0 ? null : { port };
}

/** What a sender learned of one leg. */
export type Sent =
  | { readonly kind: "ok"; readonly microseconds: number }
  /** No answer at all; something that is not the listener; a connection without an answer. */
  | { readonly kind: "timeout" | "stranger" | "silent" }
  | { readonly kind: "acked"; readonly bytes: number }
  | { readonly kind: "error"; readonly errno: number };

/** What a sender printed, by the number of the leg; null when it did not come to its end. Lines it would not print are dropped. */
export function readSent(stdout: string): ReadonlyMap<number, Sent> | null {
  const lines = stdout.trimEnd().split("\n");
  if (lines.pop() !== "end") return null;
  const sent = new Map<number, Sent>();
  for (const line of lines) {
    const [protocol, id, word, ...rest] = line.split(" ");
    const [leg, value] = [number(id, 1e9), number(rest[0], 1e9)];
    if (leg === null || value === null || rest.length !== 1) continue;
    if (word === "error") sent.set(leg, { kind: word, errno: value });
    else if (protocol === "tcp" && word === "ok") sent.set(leg, { kind: word, microseconds: value });
    else if (protocol === "tcp" && (word === "timeout" || word === "stranger" || word === "silent"))
      sent.set(leg, { kind: word });
    else if (protocol === "udp" && word === "acked") sent.set(leg, { kind: word, bytes: value });
  }
  return sent;
}

/** The largest datagram that arrived of each leg; null when the records did not come whole. */
export function readRecords(stdout: string): ReadonlyMap<number, number> | null {
  const lines = stdout.trimEnd().split("\n");
  if (lines.pop() !== "end") return null;
  const most = new Map<number, number>();
  for (const line of lines) {
    const [id, size, ...rest] = line.split(" ");
    const [leg, bytes] = [number(id, 1e9), number(size, 65535)];
    if (leg === null || bytes === null || rest.length > 0) continue;
    most.set(leg, Math.max(most.get(leg) ?? 0, bytes));
  }
  return most;
}

/** Linux errno values as the sockets of a sender give them. Source: linux include/uapi/asm-generic/errno*.h. */
const errors: Readonly<Record<number, string>> = {
  1: "forbidden on the sending machine (EPERM)",
  13: "forbidden (EACCES)",
  101: "network unreachable (ENETUNREACH)",
  104: "connection reset (ECONNRESET)",
  111: "connection refused (ECONNREFUSED)",
  113: "no route to host (EHOSTUNREACH)",
};
export const errorName = (errno: number): string => errors[errno] ?? `error ${errno}`;
