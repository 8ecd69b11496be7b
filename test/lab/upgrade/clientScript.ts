/**
 * The client of a pod, for busybox sh: `sh -c <script> sh <name> <address> <port>`. One request after the other for ever, each a connection
 * of its own with 3 s to answer. After each one `/counts/<name>.<start>` holds "ok failed pause now": the longest pause between the beginnings
 * of two requests and the moment of the last one, both in centiseconds of the machine's uptime. `<that>.failures` has a line for each failure.
 */
export const clientScript = `
now() { read -r up rest </proc/uptime; now=\${up%.*}\${up#*.}; }
now; ok=0 failed=0 pause=0 last=$now file=/counts/$1.$now
while :; do
  now
  [ $((now - last)) -le $pause ] || pause=$((now - last))
  last=$now
  reply=$(printf 'GET / HTTP/1.0\\r\\nHost: web\\r\\n\\r\\n' | busybox timeout 3 busybox nc "$2" "$3" 2>&1)
  code=$?
  case $reply in
    "HTTP/1.1 200 OK"*web-*) ok=$((ok + 1)) ;;
    *)
      failed=$((failed + 1))
      began=$now; now
      echo "$(busybox date -u +%Y-%m-%dT%H:%M:%SZ) $2:$3 exit $code after $((now - began))0 ms: $(echo "$reply" | busybox tr '\\r\\n' '  ')" >>"$file.failures"
      ;;
  esac
  echo "$ok $failed $pause $last" >"$file"
  busybox sleep 0.4
done
`;

/** What one client counted since it began. */
export interface Tally {
  /** "w-1 node-port". */
  readonly client: string;
  readonly ok: number;
  readonly failed: number;
  /** The longest time between the beginnings of two requests. */
  readonly longestPauseMs: number;
  /** One line for each failure, with its time. */
  readonly failures: readonly string[];
  /** More than 1: it ended and began anew, and did not send in between. */
  readonly starts: number;
}

/** Prints a line "count <file> <ok> <failed> <pause> <now>" for each client of a node, and "failure <file> <text>" for each failure. */
export const readCounts = (folder: string): string => `
cd ${folder} && for file in *; do
  case $file in
    *.failures) sed "s/^/failure \${file%.failures} /" "$file" ;;
    *) until counts=$(cat "$file") && [ -n "$counts" ]; do sleep 0.05; done; echo "count $file $counts" ;;
  esac
done`;

/** Output of `readCounts` -> a tally for each client of the node. Throws on a line it does not know. */
export function parseCounts(node: string, text: string): readonly Tally[] {
  const tallies = new Map<string, Tally>();
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, kind, name, rest] = /^(count|failure) ([a-z-]+)\.\d+ (.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) throw new Error(`${node}: no count of a client: ${line}`);
    const client = `${node} ${name}`;
    const before = tallies.get(client) ?? { client, ok: 0, failed: 0, longestPauseMs: 0, failures: [], starts: 0 };
    if (kind === "failure") {
      tallies.set(client, { ...before, failures: [...before.failures, rest] });
      continue;
    }
    const numbers = rest.split(" ").map(Number);
    const [ok, failed, pause, now] = numbers;
    if (ok === undefined || failed === undefined || pause === undefined || now === undefined || numbers.some(Number.isNaN))
      throw new Error(`${node}: no count of a client: ${line}`);
    tallies.set(client, {
      ...before,
      ok: before.ok + ok,
      failed: before.failed + failed,
      longestPauseMs: Math.max(before.longestPauseMs, pause * 10),
      starts: before.starts + 1,
    });
  }
  return [...tallies.values()];
}

/** What was counted between two readings of the same clients. A client's longest pause is that of its whole life. */
export const since = (before: readonly Tally[], now: readonly Tally[]): readonly Tally[] =>
  now.map((tally) => {
    const old = before.find((one) => one.client === tally.client);
    if (old === undefined) return tally;
    return {
      ...tally,
      ok: tally.ok - old.ok,
      failed: tally.failed - old.failed,
      failures: tally.failures.slice(old.failures.length),
    };
  });

export const requests = (tallies: readonly Tally[]): number => tallies.reduce((sum, { ok, failed }) => sum + ok + failed, 0);
export const failed = (tallies: readonly Tally[]): number => tallies.reduce((sum, tally) => sum + tally.failed, 0);
