import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Host } from "../../../src/host/host.ts";
import { localHost } from "../../../src/host/localHost.ts";
import { sh } from "../../../src/host/sh.ts";
import { runJob } from "../../../src/run/job.ts";

/** systemd as far as a job needs it: one unit whose state is in a file; `show` makes a running one end after `polls` questions. */
const systemctl = `#!/bin/sh
cd "$(dirname "$0")/../state"
case "$1" in
show)
  polls=$(cat polls)
  if [ "$(cat sub)" = running ]; then
    if [ "$polls" -le 0 ]; then echo exited >sub; echo success >result; echo 0 >status; else echo $((polls - 1)) >polls; fi
  fi
  case "$*" in
  *--value*) cat active;;
  *) printf 'ActiveState=%s\\nSubState=%s\\nResult=%s\\nExecMainStatus=%s\\n' "$(cat active)" "$(cat sub)" "$(cat result)" "$(cat status)";;
  esac;;
stop) echo inactive >active; echo stop >>calls;;
reset-failed) [ "$(cat active)" != failed ] || echo inactive >active;;
esac`;
const systemdRun = `#!/bin/sh
state="$(dirname "$0")/../state"
echo start >>"$state/calls"
[ ! -e "$state/refuse" ] || { echo 'Failed to start transient service unit' >&2; exit 1; }
for word in "$@"; do case "$word" in StandardOutput=truncate:*) log=\${word#*truncate:};; esac; script=$word; done
/bin/sh "$script" >"$log" 2>&1; code=$?
echo $code >"$state/status"
if [ $code = 0 ]; then echo active >"$state/active"; echo exited >"$state/sub"; echo success >"$state/result"
else echo failed >"$state/active"; echo failed >"$state/sub"; echo exit-code >"$state/result"; fi`;

let folder: string;
let host: Host;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "job-"));
  const local = localHost("w-1");
  await local.run(`mkdir -p ${folder}/bin ${folder}/state`);
  await writeFile(join(folder, "bin/systemctl"), systemctl, { mode: 0o755 });
  await writeFile(join(folder, "bin/systemd-run"), systemdRun, { mode: 0o755 });
  // The job's own scripts, run by a real shell, in a folder of this test and with its systemd.
  host = {
    ...local,
    run: (script, options) =>
      local.run(`PATH=${folder}/bin:$PATH\n${script.replaceAll("/run/provision/jobs", `${folder}/jobs`)}`, options),
  };
  await unit({ active: "inactive", sub: "dead", result: "success", status: "0", polls: "0", calls: "" });
});

afterEach(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

const unit = async (state: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, value] of Object.entries(state))
    await writeFile(join(folder, "state", name), value === "" ? "" : `${value}\n`);
};
const calls = async (): Promise<string[]> => (await readFile(join(folder, "state/calls"), "utf8")).split("\n").filter(Boolean);
const job = (script: string, deadlineSeconds = 60) => ({
  name: "kubeadm-join",
  summary: "kubeadm join",
  script: sh.raw(script),
  deadlineSeconds,
});
const run = (script: string, deadlineSeconds?: number) => runJob(host, job(script, deadlineSeconds), {});

describe("a long command on a machine", () => {
  test("runs as a unit, and nothing of it is left when it ended well", async () => {
    await run(`echo joined >${folder}/mark`);
    expect(await readFile(join(folder, "mark"), "utf8")).toBe("joined\n");
    expect(await calls()).toEqual(["start", "stop"]);
    expect((await host.run(`ls ${folder}/jobs`)).stdout).toBe("");
  });

  test("that fails is told with its exit code and its last words", async () => {
    await expect(run("echo 'this node is not healthy' >&2; exit 3")).rejects.toMatchObject({
      code: "job/failed",
      message: "kubeadm join: failed with exit code 3",
      seen: "this node is not healthy",
    });
  });

  test("cannot be read by others on the machine: its script comes over standard input into an owner-only folder", async () => {
    await run(`ls -ld ${folder}/jobs >${folder}/rights`);
    expect(await readFile(join(folder, "rights"), "utf8")).toMatch(/^drwx------/);
  });

  test("still running from a run that died is waited for, not started a second time", async () => {
    await unit({ active: "active", sub: "running", polls: "3" });
    await run(`echo twice >${folder}/mark`);
    expect(await calls()).toEqual(["stop"]);
  });

  test("that ended well under a run that died counts as done", async () => {
    await unit({ active: "active", sub: "exited" });
    await run(`echo twice >${folder}/mark`);
    expect(await calls()).toEqual(["stop"]);
  });

  test("that failed under an earlier run is started anew", async () => {
    await unit({ active: "failed", sub: "failed", result: "exit-code", status: "1" });
    await run(`echo again >${folder}/mark`);
    expect(await readFile(join(folder, "mark"), "utf8")).toBe("again\n");
    expect(await calls()).toEqual(["start", "stop"]);
  });

  test("that is not over in time is left running, so that the next run can wait for it", async () => {
    await unit({ active: "active", sub: "running", polls: "1000" });
    await expect(run("true", 0)).rejects.toMatchObject({
      code: "job/deadline",
      message: expect.stringContaining("provision-kubeadm-join.service is left running"),
    });
    expect(await calls()).toEqual([]);
  });

  test("that systemd does not start says so", async () => {
    await unit({ refuse: "yes" });
    await expect(run("true")).rejects.toMatchObject({ code: "job/not-started", seen: "Failed to start transient service unit" });
  });
});
