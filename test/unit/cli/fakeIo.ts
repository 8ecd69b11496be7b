import type { CliIo } from "../../../src/cli/cliIo.ts";

export interface FakeIo extends CliIo {
  readonly out: () => string;
  readonly err: () => string;
  readonly asked: readonly string[];
}

/** A terminal whose keyboard gives `answers` in turn; with none it is a pipe, and asking fails. */
export function fakeIo(cwd: string, answers: readonly string[] = []): FakeIo {
  const out: string[] = [];
  const err: string[] = [];
  const asked: string[] = [];
  return {
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    stream: process.stdout,
    isTty: answers.length > 0,
    color: false,
    width: 120,
    env: {},
    cwd,
    home: "/home/ada",
    ask: async (question, fallback) => {
      const answer = answers[asked.push(question) - 1];
      if (answer === undefined) throw new Error(`nobody answers: ${question}`);
      return answer === "" && fallback !== undefined ? fallback : answer;
    },
    onInterrupt: () => () => undefined,
    out: () => out.join(""),
    err: () => err.join(""),
    asked,
  };
}
