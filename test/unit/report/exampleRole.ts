import { type Fact, FactError } from "../../../src/facts/fact.ts";
import { sh } from "../../../src/host/sh.ts";
import type { Condition } from "../../../src/role/action.ts";
import { resourceStep } from "../../../src/role/resource.ts";
import { file } from "../../../src/role/resources/file.ts";
import { nodeStep, type Step } from "../../../src/role/step.ts";
import { ok } from "../../../src/role/verdict.ts";

const servers = ["time-a.example", "time-b.example"];
const service = "systemd-timesyncd.service";

const settings = resourceStep({
  id: "time/settings",
  summary: "the clock follows our time servers",
  after: ["os/host"],
  resources: () => [
    file({
      path: "/etc/systemd/timesyncd.conf.d/90-provision.conf",
      content: `[Time]\nNTP=${servers.join(" ")}\n`,
    }),
  ],
});

const synchronised: Fact<boolean> = {
  key: "clock synchronised",
  script: sh`timedatectl show -p NTPSynchronized --value`,
  parse: ({ code, stdout }) => {
    const answer = stdout.trim();
    if (code === 0 && (answer === "yes" || answer === "no")) return answer === "yes";
    throw new FactError("clock synchronised", "timedatectl does not say whether the clock is right", stdout.slice(0, 200));
  },
};

const inTime: Condition = {
  summary: "the clock is synchronised",
  script: synchronised.script,
  unmet: ({ stdout }) => (stdout.trim() === "yes" ? null : "no time server has answered yet"),
  intervalMs: 1_000,
  deadlineMs: 60_000,
  evidence: sh`journalctl -u ${service} -n 20 --no-pager`,
};

const clock = nodeStep({
  id: "time/clock",
  summary: "the clock is synchronised",
  after: ["time/settings"],
  facts: () => ({ synchronised }),
  check: ({ facts }) =>
    facts.synchronised
      ? ok
      : {
          status: "change",
          changes: [{ what: "unit", action: "restart", target: service, detail: "the clock is not synchronised" }],
        },
  apply: () => [{ kind: "unit", unit: service, operation: "restart" }],
  verify: () => [inTime],
});

export const time: readonly Step[] = [settings, clock];
