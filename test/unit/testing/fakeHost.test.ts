import { describe, expect, it } from "vitest";
import { FakeHost } from "../../../src/testing/fakeHost.ts";

describe("FakeHost", () => {
  it("answers what it was told, in order, and records it", async () => {
    const host = new FakeHost("n", [
      { when: /^id/, reply: { stdout: "0\n" }, times: 1 },
      { when: (script) => script.includes("id"), reply: (_, { stdin }) => ({ code: 1, stderr: String(stdin) }) },
    ]);
    expect(await host.run("id -u")).toEqual({ code: 0, stdout: "0\n", stderr: "" });
    expect(await host.run("id -u", { stdin: "x" })).toEqual({ code: 1, stdout: "", stderr: "x" });
    expect(host.ran.map((run) => run.script)).toEqual(["id -u", "id -u"]);
  });

  it("fails with the text of a command or path it was not told of", async () => {
    const host = new FakeHost("n", [{ when: "true", reply: {} }], (path) => path === "/etc/x");
    await expect(host.run("rm -rf /")).rejects.toThrow("rm -rf /");
    await expect(host.hold("flock")).rejects.toThrow("flock");
    await expect(host.put("/etc/y", { kind: "bytes", bytes: Buffer.from("") })).rejects.toThrow("/etc/y");
    await host.put("/etc/x", { kind: "bytes", bytes: Buffer.from("b") });
    expect(host.puts[0]?.bytes.toString()).toBe("b");
    await host.close();
    await expect(host.run("true")).rejects.toThrow("closed");
  });
});
