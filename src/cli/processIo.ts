import { createInterface } from "node:readline/promises";
import type { CliIo } from "./cliIo.ts";

/** The terminal, files and environment of a real process. */
export function processIo(from: NodeJS.Process, home: string): CliIo {
  const isTty = from.stdout.isTTY === true && from.stdin.isTTY === true;
  // A reader that has seen enough (`| head`) is not a failure of ours.
  from.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") from.exit(0);
    throw error;
  });
  return {
    stdout: (text) => void from.stdout.write(text),
    stderr: (text) => void from.stderr.write(text),
    stream: from.stdout,
    isTty,
    color: from.stdout.isTTY === true && !from.env.NO_COLOR && from.env.TERM !== "dumb",
    width: from.stdout.columns ?? 120,
    env: from.env,
    cwd: from.cwd(),
    home,
    async ask(question, fallback, signal) {
      const lines = createInterface({ input: from.stdin, output: from.stdout });
      // While a line is read the terminal tells of Ctrl-C by a key, not by a signal.
      lines.on("SIGINT", () => from.kill(from.pid, "SIGINT"));
      try {
        const text = `${question}${fallback === undefined ? "" : ` [${fallback}]`}: `;
        const answer = await lines.question(text, signal === undefined ? {} : { signal });
        return answer === "" && fallback !== undefined ? fallback : answer;
      } catch (error) {
        if (signal?.aborted) return "";
        throw error;
      } finally {
        lines.close();
      }
    },
    onInterrupt(listener) {
      let pressed = 0;
      const onSignal = (): void => {
        pressed += 1;
        if (pressed > 1) from.exit(130);
        listener();
      };
      from.on("SIGINT", onSignal);
      from.on("SIGTERM", onSignal);
      return () => {
        from.off("SIGINT", onSignal);
        from.off("SIGTERM", onSignal);
      };
    },
  };
}
