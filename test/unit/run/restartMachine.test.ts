import { expect, test } from "vitest";
import { type Host, HostError, type RunResult } from "../../../src/host/host.ts";
import { restartMachine } from "../../../src/run/restartMachine.ts";

const before = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const other = "11111111-4b5a-6978-8796-a5b4c3d2e1f0";
const said = (stdout: string): RunResult => ({ code: 0, stdout, stderr: "" });

/** A machine that gives these answers one after the other, the last one for ever. */
function machine(answers: readonly (RunResult | HostError)[], deadlineMs = 5_000) {
  let asked = 0;
  const run = async (): Promise<RunResult> => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer instanceof HostError) throw answer;
    return answer ?? said("");
  };
  const sessions = { with: <T>(_node: string, use: (host: Host) => Promise<T>) => use({ run } as unknown as Host) };
  const reasons: string[] = [];
  const go = () => restartMachine(sessions, "cp-1", before, (reason) => reasons.push(reason), { deadlineMs, intervalMs: 1 });
  return { go, reasons };
}

test("a machine that goes down, is away, lets nobody in while it boots, and answers with another boot has restarted", async () => {
  const { go, reasons } = machine([
    said(""),
    said(`${before}\nrunning\n`),
    said(`${before}\nstopping\nssh.service\n`),
    new HostError("lost", "cp-1", "the connection to cp-1 was lost"),
    new HostError("unreachable", "cp-1", "10.0.0.11 port 22 refused the connection"),
    new HostError("timeout", "cp-1", "no answer in time"),
    new HostError("auth", "cp-1", "10.0.0.11 refused to log in ops"),
    said(`${other}\nstarting\n`),
  ]);
  await go();
  expect(reasons).toEqual([
    "the boot of before still answers: it has not begun to go down",
    "it goes down, waits for the end of ssh.service",
    "no answer: the connection to cp-1 was lost",
    "no answer: 10.0.0.11 port 22 refused the connection",
    "no answer: a command did not end within 20 s",
    "no answer: 10.0.0.11 refused to log in ops",
  ]);
});

test("one that does not come back fails at the deadline with the last that was seen and what to try", async () => {
  const { go } = machine([said(""), new HostError("unreachable", "cp-1", "10.0.0.11 port 22 did not answer within 10 s")], 20);
  await expect(go()).rejects.toMatchObject({
    code: "packages/restart",
    seen: expect.stringContaining("did not answer within 10 s"),
    hint: expect.stringContaining("console"),
  });
});

test("another machine at its address is no restart", async () => {
  const { go } = machine([said(""), new HostError("host-key-changed", "cp-1", "the host key is another one")]);
  await expect(go()).rejects.toMatchObject({ kind: "host-key-changed" });
});

test("a machine that cannot be told to restart says why", async () => {
  const { go } = machine([{ code: 1, stdout: "", stderr: "Failed to connect to bus\n" }]);
  await expect(go()).rejects.toMatchObject({ seen: "Failed to connect to bus" });
});
