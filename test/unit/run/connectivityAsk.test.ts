import { execFile, execFileSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { askScript, dnsAim, healthAim, readHeard } from "../../../src/run/connectivityAsk.ts";

describe("what a probe pod says", () => {
  test("each aim has its answer, its time and what a name server gave", () => {
    const dns = "5056818000010001000000000a6b756265726e65746573046e6f70650000010001c00c000100010000000500040a600001";
    expect(readHeard(`w-1 yes 12 \nw-2 no 3001 \n/dns yes 4 ${dns}\n`)).toEqual([
      { name: "w-1", answers: true, milliseconds: 12, addresses: [] },
      { name: "w-2", answers: false, milliseconds: 3001, addresses: [] },
      { name: "/dns", answers: true, milliseconds: 4, addresses: ["10.96.0.1"] },
    ]);
  });

  test("a machine that says something else has not answered", () => {
    expect(readHeard("w-1 perhaps 12\nw-1 yes\nw-1 yes 99999999\n\u001b[31mw-1 yes 1 zz\n")).toEqual([]);
  });

  test("an error of the name server is no address", () => {
    const refused = "50568183000100000000000003666f6f0000010001";
    expect(readHeard(`/dns yes 4 ${refused}`)).toMatchObject([{ addresses: [] }]);
  });
});

describe("the script that asks", () => {
  test("finds the pod's network and tells who answers with 200 and who does not", async () => {
    const server = createServer((request, response) => response.writeHead(request.url === "/health" ? 200 : 404).end("OK"));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    // The node's crictl and nsenter: they say one pod, and enter this process's own network.
    const fakes = `crictl() { case "$1" in pods) echo abc;; inspectp) echo ${process.pid};; *) exit 9;; esac; }
nsenter() { [ "$1 $2 $3" = "-t ${process.pid} -n" ] || exit 9; shift 3; "$@"; }\n`;
    try {
      const text = await new Promise<string>((done, failed) => {
        const script = fakes + askScript([healthAim("w-1", "127.0.0.1", port), dnsAim("/dns", "127.0.0.1", "a.b")]).text;
        execFile("sh", ["-c", script], (error, stdout) => (error === null ? done(stdout) : failed(error)));
      });
      const heard = new Map(readHeard(text).map((one) => [one.name, one.answers]));
      expect([heard.get("w-1"), heard.get("/dns")]).toEqual([true, false]);
    } finally {
      server.close();
    }
  });

  test("says so when no pod runs on the node", () => {
    const script = `crictl() { :; }\n${askScript([healthAim("w-1", "192.0.2.1")]).text}`;
    expect(() => execFileSync("sh", ["-c", script])).toThrow(expect.objectContaining({ status: 4 }));
  });
});
