import type { Running } from "../cli.ts";

/** Resolves when the run has printed what fits, on either output; rejects when it ends without. */
export function heard(running: Running, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    const hear = (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve();
    };
    running.process.stdout?.on("data", hear);
    running.process.stderr?.on("data", hear);
    void running.ended.then(({ code }) => reject(new Error(`the run ended with ${code} and never said ${pattern}:\n${text}`)));
  });
}
