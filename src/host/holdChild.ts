import { killDeadline, type Launch } from "./child.ts";
import { type Held, HostError } from "./host.ts";
import { limit, orAbort, withDeadline } from "./limit.ts";

const firstLineDeadline = 60_000;

/** See Host.hold. A command that ends without a line has the first line "". */
export async function holdChild(launch: Launch, host: string, script: string): Promise<Held> {
  let text = "";
  let onLine = (_line: string): void => undefined;
  const line = new Promise<string>((resolve) => {
    onLine = resolve;
  });
  const output = {
    stdout(chunk: Buffer): void {
      if (text.includes("\n")) return;
      text += chunk.toString();
      if (text.includes("\n")) onLine(text.slice(0, text.indexOf("\n")));
    },
    stderr: (): void => undefined,
  };
  const child = await launch(script, output, { stdin: true });
  child.stdin.on("error", () => undefined);
  const closed = child.ended.then(
    () => undefined,
    () => undefined,
  );
  const bound = limit(
    firstLineDeadline,
    () => new HostError("timeout", host, `the held command on ${host} printed nothing for ${firstLineDeadline / 1000} s`),
  );
  try {
    const ended = child.ended.then(() => text);
    return {
      firstLine: await orAbort(Promise.race([line, ended]), bound.signal, () => child.kill()),
      closed,
      async release() {
        child.stdin.end();
        await withDeadline(closed, killDeadline, () => new HostError("timeout", host, "still held")).catch(() => child.kill());
      },
    };
  } finally {
    bound.clear();
  }
}
