import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Held } from "../../../../src/host/host.ts";
import { localHost } from "../../../../src/host/localHost.ts";
import { readListening, readRecords, readSent } from "../../../../src/preflight/between/replies.ts";
import { listenScript, recordsScript, sendScript } from "../../../../src/preflight/between/scripts.ts";

/** The programs themselves, over loopback. A machine without perl or python3 is one where they fail. */
const words = { nonce: "a1b2c3", answer: "d4e5f6" };
const host = localHost("here");
const asked = ["tcp/0", "udp/0"];
let folder: string;
let held: Held | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "between-"));
});
afterEach(async () => {
  await held?.release();
  held = undefined;
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function without(...programs: readonly string[]): void {
  for (const one of programs) writeFileSync(join(folder, one), "#!/bin/sh\nexit 127\n", { mode: 0o755 });
  vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
}

async function listen(ports: readonly string[] = asked, address = "127.0.0.1") {
  const one = await host.hold(listenScript(words, address, ports).text);
  held = one;
  const listening = readListening(one.firstLine.replace("tcp/0=", "tcp/0=taken was:"), ports);
  if (listening === null) throw new Error(`no listener: ${one.firstLine}`);
  const opened = listening.ports.get("udp/0");
  return {
    pid: listening.pid,
    udp: typeof opened === "object" && "port" in opened ? opened.port : 0,
    tcp: Number(/tcp\/0=(\d+)/.exec(one.firstLine)?.[1]),
    records: async () => readRecords((await host.run(recordsScript(listening.pid).text)).stdout),
  };
}

const send = async (legs: readonly string[]) =>
  readSent((await host.run(sendScript.text, { stdin: `${words.nonce} ${words.answer} 0\n${legs.join("\n")}\n` })).stdout);

/** What comes back to each of these datagrams' sender, until the last of them was answered. */
async function answersTo(port: number, datagrams: readonly string[]): Promise<readonly string[]> {
  const socket: Socket = createSocket("udp4");
  const answers: string[] = [];
  for (const one of datagrams) socket.send(one, port, "127.0.0.1");
  await new Promise<void>((resolve) =>
    socket.on("message", (message) => {
      answers.push(message.toString());
      if (message.toString().startsWith(`${words.answer} 99 `)) resolve();
    }),
  );
  socket.close();
  return answers;
}

describe.each([
  ["perl", "python3"],
  ["python3", "perl"],
])("with %s", { timeout: 20_000 }, (_, other) => {
  beforeEach(() => without(other));

  test("what is sent arrives, is acknowledged and recorded", async () => {
    const { tcp, udp, records } = await listen();
    const sent = await send([
      `tcp 0 127.0.0.1 ${tcp} 1`,
      `tcp 1 127.0.0.1 ${tcp} 0`,
      `udp 2 127.0.0.1 ${udp} 9000`,
      `udp 3 127.0.0.1 ${udp} 0`,
    ]);
    expect(sent?.get(0)).toMatchObject({ kind: "ok" });
    expect(sent?.get(1)).toMatchObject({ kind: "ok" });
    expect(sent?.get(2)).toEqual({ kind: "acked", bytes: 9000 });
    expect(sent?.get(3)).toEqual({ kind: "acked", bytes: 100 });
    expect(await records()).toEqual(
      new Map([
        [2, 9000],
        [3, 100],
      ]),
    );
  });

  test("a port nobody listens on, one that something else has, and one where nothing arrives", async () => {
    const { tcp, udp } = await listen();
    const stranger = createSocket("udp4").bind(0, "127.0.0.1");
    await once(stranger, "listening");
    await held?.release();
    const again = await host.hold(
      listenScript({ ...words, answer: "another" }, "127.0.0.1", [`tcp/${tcp}`, `udp/${stranger.address().port}`]).text,
    );
    held = again;
    expect(again.firstLine).toContain(`tcp/${tcp}=listening udp/${stranger.address().port}=taken`);
    const sent = await send([
      `tcp 0 127.0.0.1 1 1`,
      `tcp 1 127.0.0.1 ${tcp} 1`,
      `udp 2 127.0.0.1 ${stranger.address().port} 1472`,
    ]);
    stranger.close();
    expect(sent?.get(0)).toEqual({ kind: "error", errno: 111 });
    expect(sent?.get(1)).toEqual({ kind: "stranger" });
    expect(sent?.get(2)).toEqual({ kind: "acked", bytes: 0 });
    expect(udp).toBeGreaterThan(0);
  });

  test("an address that the machine does not have as its own is listened for on all", async () => {
    const { udp } = await listen(asked, "192.0.2.1");
    expect((await send([`udp 0 127.0.0.1 ${udp} 0`]))?.get(0)).toEqual({ kind: "acked", bytes: 100 });
  });

  test("who does not know the run's word is neither answered nor recorded", async () => {
    const { udp, records } = await listen();
    const answers = await answersTo(udp, [
      "hello",
      "",
      `${"b".repeat(6)} 0 5 x`,
      `${words.nonce}`,
      `${words.nonce} 0 ; x`,
      `${words.nonce} 0 99999999999 x`,
      `x ${words.nonce} 0 5 x`,
      `${words.nonce} 0 99 x`,
    ]);
    expect(answers).toEqual([`${words.answer} 99 ${words.nonce.length + 7}`]);
    expect(await records()).toEqual(new Map([[99, words.nonce.length + 7]]));
  });

  test("many connections at once, and one that hangs on, are no trouble", async () => {
    const { tcp } = await listen();
    const idle = connect(tcp, "127.0.0.1");
    const sent = await send(Array.from({ length: 600 }, (_each, leg) => `tcp ${leg} 127.0.0.1 ${tcp} 1`));
    idle.destroy();
    expect([...(sent?.values() ?? [])].filter(({ kind }) => kind !== "ok")).toEqual([]);
    expect(sent?.size).toBe(600);
  });

  test("it ends with the session that started it, and its records have no name meanwhile", async () => {
    const { pid } = await listen();
    expect((await host.run(`readlink /proc/${pid}/fd/3`)).stdout.trim()).toMatch(/ \(deleted\)$/);
    await held?.release();
    await held?.closed;
    expect((await host.run(`kill -0 ${pid}`)).code).not.toBe(0);
  });
});

test("a machine with neither says so", async () => {
  without("perl", "python3");
  held = await host.hold(listenScript(words, "127.0.0.1", asked).text);
  expect(held.firstLine).toBe("neither");
});
