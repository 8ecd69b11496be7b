import { expect, test } from "vitest";
import { type RestartSeen, readRestart, restart, restartHint, restartPhase } from "../../../src/upgrade/restart.ts";

const before = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const other = "11111111-4b5a-6978-8796-a5b4c3d2e1f0";
const answer = (stdout: string, code = 0): RestartSeen => readRestart({ code, stdout, stderr: "" });
const phase = (seen: RestartSeen, told = 0, silent = 0) => restartPhase(seen, before, { told, silent });

test("a machine has restarted when another boot answers, not when it answers", () => {
  expect(phase(answer(`${other}\nstarting\n`))).toBeNull();
  expect(phase(answer(`${before}\nrunning\n`))).toContain("the boot of before still answers");
  expect(phase(answer("", 1))).toContain("no answer");
});

test("each part of a restart is told as what it is, with how long it lasts", () => {
  expect(phase(answer(`${before}\nrunning\n`), 95)).toBe(
    "the boot of before still answers after 1 min: it has not begun to go down",
  );
  expect(phase(answer(`${before}\nstopping\ncontainerd.service\n`), 40)).toBe(
    "it goes down for 30 s, waits for the end of containerd.service",
  );
  expect(phase(answer(`${before}\nstopping\ncri-containerd-${"0123456789ab".padEnd(64, "c")}.scope\n`))).toBe(
    "it goes down, waits for the end of cri-containerd-0123456789ab.scope",
  );
  expect(phase(answer(`${before}\n`), 240)).toBe(
    "the boot of before still answers after 4 min, but its systemd does not: it goes down, or hangs there",
  );
  const refused = { noAnswer: "10.0.0.11 port 22 refused the connection" };
  expect(phase(refused, 700, 5)).toBe("no answer: 10.0.0.11 port 22 refused the connection");
  expect(phase(refused, 700, 500)).toBe("no answer for 8 min: 10.0.0.11 port 22 refused the connection");
});

test("what to try: its console when it is silent, what holds it up when it answers", () => {
  expect(restartHint({ noAnswer: "refused" })).toContain("console");
  expect(restartHint(answer(`${before}\n`))).toContain("switch it off and on");
  expect(restartHint(answer(`${before}\nrunning\n`))).toContain("systemctl list-jobs");
});

test("a machine that has restarted meanwhile is not told once more, and one that is told does not wait for the minute of systemd's timers", () => {
  expect(restart(before).text).toContain(before);
  expect(restart(before).text).toContain("AccuracySec=100ms");
});
