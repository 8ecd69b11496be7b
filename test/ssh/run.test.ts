import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import { eventually, openSite, type Site } from "./site.ts";

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

describe("run", () => {
  it("runs 50 commands one after another in one session", async () => {
    const server = await site.server();
    const host = await site.connect(server);
    for (let n = 0; n < 50; n++)
      expect(await host.run(`echo ${n}; echo e${n} >&2; cd /tmp; exit ${n}`)).toEqual({
        code: n,
        stdout: `${n}\n`,
        stderr: `e${n}\n`,
      });
    expect(server.counts).toMatchObject({ connections: 1, sessions: 1 });
  });

  it("runs 20 side by side, with and without stdin, never more than 10 sessions at once", async () => {
    const server = await site.server();
    const host = await site.connect(server);
    const script = "mkdir -p now; : >now/$1; ls now | wc -l; sleep 0.05; cat; rm now/$1";
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        host
          .run(`cd '${site.folder}'; set -- ${n}; ${script}`, n % 2 === 0 ? {} : { stdin: `in ${n}` })
          .then((result) => ({ n, result })),
      ),
    );
    for (const { n, result } of results) {
      const [most, rest] = result.stdout.trimStart().split("\n");
      expect({ code: result.code, rest }).toEqual({ code: 0, rest: n % 2 === 0 ? "" : `in ${n}` });
      expect(Number(most)).toBeLessThanOrEqual(7);
    }
  });

  it("hands scripts and stdin over byte by byte", async () => {
    const host = await site.connect(await site.server());
    const text = `it's "quoted" \\ $HOME \`id\` \u{1f600} \u0081\n\n  second line`;
    const script = `printf '%s' '${text.replaceAll("'", "'\\''")}'`;
    expect((await host.run(script)).stdout).toBe(text);
    expect((await host.run(`${script}; cat`, { stdin: "" })).stdout).toBe(text);
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, n) => (n * 7) % 256));
    const sum = (await host.run("sha256sum", { stdin: bytes })).stdout;
    const { createHash } = await import("node:crypto");
    expect(sum).toContain(createHash("sha256").update(bytes).digest("hex"));
    expect((await host.run(`: ${"x".repeat(300_000)}\necho end`, { stdin: "" })).stdout).toBe("end\n");
    await expect(host.run("a\0b")).rejects.toThrow(TypeError);
  });

  it("takes big output and output that is no text", async () => {
    const host = await site.connect(await site.server());
    const { stdout } = await host.run("head -c 20000000 /dev/zero | tr '\\0' x");
    expect(stdout.length).toBe(20_000_000);
    expect((await host.run("printf '\\377\\376a\\0b\\n'; printf '\\300' >&2")).stdout).toBe("\ufffd\ufffda\0b\n");
    await expect(host.run("exec cat /dev/zero")).rejects.toMatchObject({
      kind: "timeout",
      message: expect.stringContaining("64 MB"),
    });
    expect((await host.run("echo still here")).stdout).toBe("still here\n");
  });

  it.each(["in the shell", "in a session of its own"])("kills what does not end %s, and goes on", async (where) => {
    const host = await site.connect(await site.server());
    const options = where === "in the shell" ? {} : { stdin: "" };
    const bait = `sleep 9${process.pid}${where.length}`;
    await expect(host.run(`${bait} & ${bait}`, { ...options, timeout: 300 })).rejects.toMatchObject({
      kind: "timeout",
      transient: false,
    });
    const stop = new AbortController();
    const aborted = host.run(`${bait}; :`, { ...options, signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await eventually(async () => !(await host.run("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")).stdout.includes(bait));
  });

  it("rejects everything that waits when the connection is lost", async () => {
    const server = await site.server();
    const host = await site.connect(server);
    await host.run(":");
    const started = `: >'${site.folder}'/started; sleep 60`;
    const pending = [host.run(started), ...Array.from({ length: 10 }, () => host.run("sleep 60", { stdin: "" }))];
    const held = await host.hold("echo mine; cat");
    const outcomes = Promise.allSettled(pending);
    await eventually(async () => (await import("node:fs")).existsSync(`${site.folder}/started`));
    server.drop();
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: "rejected", reason: { kind: "lost", transient: true, host: "node-1" } });
    await held.closed;
    await expect(host.run(":")).rejects.toMatchObject({ kind: "lost" });
    await expect(host.put("/x", { kind: "bytes", bytes: Buffer.from("") })).rejects.toMatchObject({ kind: "lost" });
  });

  it("asks again for a refused session", async () => {
    const server = await site.server({ refuseSession: (n) => n % 3 !== 0 });
    const host = await site.connect(server);
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => host.run("cat", { stdin: String(n) })));
    expect(all.map(({ stdout }) => stdout)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
  });

  it("does not show a secret that a command repeats", async () => {
    const host = await site.connect(await site.server());
    expect((await host.run("cat >&2", { stdin: new Secret("swordfish") })).stderr).toBe("[secret]");
  });

  it("ends a held command on release, after which another may hold", async () => {
    const host = await site.connect(await site.server());
    const script = `exec 9>'${site.folder}'/lock; flock -n 9 || { echo taken; exit 1; }; echo mine; cat`;
    const first = await host.hold(script);
    expect((await host.hold(script)).firstLine).toBe("taken");
    await first.release();
    expect((await host.hold(script)).firstLine).toBe("mine");
    expect((await host.hold("exit 3")).firstLine).toBe("");
  });

  it("is not confused by a login that prints, and says so when the login runs nothing", async () => {
    const bin = await site.programs({
      sudo: '#!/bin/sh\necho "Welcome!"; while case $1 in -*) ;; *) false ;; esac; do shift; done; exec "$@"\n',
    });
    const host = await site.connect(await site.server({ env: { PATH: bin } }), { user: "ops" });
    expect((await host.run("echo a")).stdout).toBe("a\n");
    expect((await host.run("cat", { stdin: "b" })).stdout).toBe("b");
    const closed = await site.server({
      respond: (_, channel) => {
        channel.exit(1);
        channel.end("This account is not available.\n");
        return true;
      },
    });
    await expect((await site.connect(closed)).run(":")).rejects.toMatchObject({
      kind: "auth",
      seen: expect.stringContaining("not available"),
    });
  });
});
