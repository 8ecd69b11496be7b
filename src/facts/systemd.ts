import { sh } from "../host/sh.ts";
import type { Fact } from "./fact.ts";

export interface UnitState {
  /** "loaded", "not-found", "masked", … */
  readonly load: string;
  /** "active", "inactive", "failed", "activating", … */
  readonly active: string;
  /** "enabled", "disabled", "" … */
  readonly enabled: string;
  readonly needsReload: boolean;
  /** What the unit wrote down when it last started: `startRecord` of what it runs. Empty when it never did. */
  readonly startedWith: string;
}

/** Where a unit writes down, at every start, the digests of what it started with. Gone after a reboot, as is the running unit. */
export const startRecordPath = (unit: string): string => `/run/provision/started/${unit}`;

export function unitFact(unit: string): Fact<UnitState> {
  return {
    key: `unit ${unit}`,
    script: sh`systemctl show --no-pager -p LoadState,ActiveState,UnitFileState,NeedDaemonReload ${unit}
echo; cat ${startRecordPath(unit)}`,
    parse: ({ stdout }) => {
      const split = stdout.indexOf("\n\n");
      const head = split < 0 ? stdout : stdout.slice(0, split);
      const property = (name: string): string => new RegExp(`^${name}=(.*)$`, "m").exec(head)?.[1] ?? "";
      return {
        load: property("LoadState"),
        active: property("ActiveState"),
        enabled: property("UnitFileState"),
        needsReload: property("NeedDaemonReload") === "yes",
        startedWith: split < 0 ? "" : stdout.slice(split + 2).trim(),
      };
    },
  };
}
