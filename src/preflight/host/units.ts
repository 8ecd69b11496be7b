import type { Fact } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { wholeOf } from "./replies.ts";

const watched = [
  "firewalld.service",
  "ufw.service",
  "nftables.service",
  "NetworkManager.service",
  "nm-cloud-setup.service",
  "nm-cloud-setup.timer",
  "systemd-networkd.service",
  "systemd-resolved.service",
] as const;
export type Watched = (typeof watched)[number];

/** Which of the services that meddle with a node's network are active. */
export const activeUnits: Fact<ReadonlySet<Watched>> = {
  key: "active units",
  script: sh`systemctl show --no-pager -p Id -p ActiveState ${watched} | awk -F= '$1 == "Id" {id = $2} $1 == "ActiveState" {s = $2} /^$/ {print s "=" id} END {print s "=" id}' && [ -d /run/systemd/system ] && echo end=yes`,
  parse: ({ stdout }) => {
    const values = wholeOf("active units", stdout);
    // "reloading" and "activating" are on their way to active.
    const active = new Set([...values("active"), ...values("reloading"), ...values("activating")]);
    return new Set(watched.filter((unit) => active.has(unit)));
  },
};
