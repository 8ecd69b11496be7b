import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Host } from "../../src/host/host.ts";
import type { SshServer } from "../../src/testing/sshServer.ts";
import { openSite, type Site } from "./site.ts";

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

/**
 * Behaves as sudo does: -n never asks, -S reads one line byte by byte and asks again twice, and the rest of stdin is the command's.
 * Records its command lines. `password` empty is NOPASSWD.
 */
const sudo = (password: string): string => `#!/bin/sh
echo "$*" >>"$HOME/sudo.log"
ask=yes from=tty
while :; do case $1 in -n) ask=no ;; -S) from=stdin ;; -p) shift ;; -k) ;; *) break ;; esac; shift; done
wanted='${password}'
if [ -n "$wanted" ]; then
  [ $ask = yes ] || { echo "sudo: a password is required" >&2; exit 1; }
  [ $from = stdin ] || { echo "sudo: a terminal is required" >&2; exit 1; }
  tries=0
  until [ "$given" = "$wanted" ]; do
    [ $tries -lt 3 ] || { echo "sudo: 3 incorrect password attempts" >&2; exit 1; }
    given=
    while c=$(dd bs=1 count=1 2>/dev/null; echo x) && [ "$c" != x ] && [ "$c" != "
x" ]; do given=$given\${c%x}; done
    tries=$((tries + 1))
  done
fi
BECAME=root exec "$@"
`;

async function serverWith(program: string): Promise<SshServer> {
  return site.server({ env: { PATH: await site.programs({ sudo: program }) } });
}

async function worksAsRoot(host: Host): Promise<void> {
  expect(await host.run("echo $BECAME; exit 4")).toMatchObject({ code: 4, stdout: "root\n" });
  expect(await host.run("echo $BECAME; cat", { stdin: "line\n" })).toEqual({ code: 0, stdout: "root\nline\n", stderr: "" });
  const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  await host.put(join(site.folder, "file"), { kind: "bytes", bytes: Buffer.from("first line\n") }, { owner });
  expect(await readFile(join(site.folder, "file"), "utf8")).toBe("first line\n");
  const held = await host.hold("echo $BECAME; cat");
  expect(held.firstLine).toBe("root");
  await held.release();
  await expect(host.run("sleep 60; :", { timeout: 200 })).rejects.toMatchObject({ kind: "timeout" });
  expect((await host.run("echo $BECAME")).stdout).toBe("root\n");
}

describe("sudo", () => {
  it("does everything as root without a password", async () => {
    await worksAsRoot(await site.connect(await serverWith(sudo("")), { user: "ops" }));
  });

  it("does everything as root with a password, which is in no command line", async () => {
    const deps = { env: { OPS_PASSWORD: "it's a $ecret" } };
    await worksAsRoot(
      await site.connect(await serverWith(sudo("it'\\''s a $ecret")), { user: "ops", sudoPasswordEnv: "OPS_PASSWORD" }, deps),
    );
    expect(await readFile(join(site.folder, "sudo.log"), "utf8")).not.toMatch(/ecret/);
  });

  it.each([
    ["no password is named", null, {}, /wants a password for ops, and none was given/, /sudoPasswordEnv/],
    ["the variable is not set", "OPS_PASSWORD", {}, /OPS_PASSWORD is not set/, /set OPS_PASSWORD/],
    [
      "the password is wrong",
      "OPS_PASSWORD",
      { OPS_PASSWORD: "guessed" },
      /did not accept ops with the password in OPS_PASSWORD/,
      /correct the password/,
    ],
  ])("says so when %s", async (_, sudoPasswordEnv, env, message, hint) => {
    const connecting = site.connect(await serverWith(sudo("right")), { user: "ops", sudoPasswordEnv }, { env });
    const error = await connecting.catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      kind: "sudo",
      transient: false,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(JSON.stringify(error)).not.toContain("guessed");
  });

  it("says so when there is no sudo, and does not show a password that sudo repeats", async () => {
    const none = await site.server({
      respond: (command, channel) => {
        channel.exit(command.includes("sudo") ? 127 : 0);
        channel.end();
        return true;
      },
    });
    await expect(site.connect(none, { user: "ops" })).rejects.toMatchObject({
      kind: "sudo",
      message: expect.stringContaining("no sudo"),
    });
    const chatty = await serverWith('#!/bin/sh\n[ "$1" = -n ] && exit 1\nread -r line; echo "bad: $line" >&2; exit 1\n');
    const env = { OPS_PASSWORD: "swordfish" };
    await expect(site.connect(chatty, { user: "ops", sudoPasswordEnv: "OPS_PASSWORD" }, { env })).rejects.toMatchObject({
      seen: "bad: [secret]",
    });
  });

  it("says so when sudo stops allowing it later", async () => {
    const server = await serverWith(sudo(""));
    const host = await site.connect(server, { user: "ops" });
    await writeFile(join(site.folder, "bin/sudo"), "#!/bin/sh\necho 'ops is not in the sudoers file' >&2\nexit 1\n");
    for (const options of [{}, { stdin: "x" }])
      await expect(host.run(":", options)).rejects.toMatchObject({ kind: "sudo", seen: expect.stringContaining("sudoers") });
  });
});
