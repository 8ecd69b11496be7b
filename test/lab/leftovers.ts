import { existsSync, readdirSync } from "node:fs";
import { groupsNamed } from "./cgroups.ts";
import { LabError } from "./LabError.ts";
import { mountsBelow } from "./mounts.ts";
import { bridgeName, controllerAddress, type LabIdentity, objectPrefix, subnet } from "./naming.ts";
import { processesNaming } from "./processes.ts";
import { sh } from "./shell.ts";

const listing = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Everything of a lab that is still on this machine; empty after `down`. `folder` is the lab's own. */
export async function leftovers(lab: LabIdentity, folder: string): Promise<readonly string[]> {
  const prefix = objectPrefix(lab);
  const mine = (name: string) => name === bridgeName(lab) || name.startsWith(prefix);
  const routes = (await sh`ip -4 route show table all root ${subnet(lab)}`.nothrow()).stdout;
  const sockets = (await sh`ss -Hlntu src ${controllerAddress(lab)}`.nothrow()).stdout;
  const lines = (text: string) =>
    text
      .split("\n")
      .map((line) => line.trim().replace(/\s+/g, " "))
      .filter(Boolean);
  return [
    ...listing("/sys/class/net")
      .filter(mine)
      .map((name) => `network interface ${name}`),
    ...listing("/run/netns")
      .filter(mine)
      .map((name) => `network namespace ${name}`),
    ...lines(routes).map((route) => `route ${route}`),
    ...lines(sockets).map((socket) => `listening socket ${socket}`),
    ...groupsNamed(prefix).map((group) => `cgroup ${group}`),
    ...mountsBelow(folder).map((point) => `mount ${point}`),
    ...processesNaming([`${folder}/`, `--machine=${prefix}`]).map(
      ({ pid, command }) => `process ${pid}: ${command.slice(0, 100)}`,
    ),
    ...["propagate", "unix-export"].flatMap((kind) =>
      listing(`/run/systemd/nspawn/${kind}`)
        .filter(mine)
        .map((name) => `folder /run/systemd/nspawn/${kind}/${name}`),
    ),
    ...(existsSync(folder) ? [`folder ${folder}`] : []),
  ];
}

/** Throws with the list of what is left. */
export async function assertNothingLeft(lab: LabIdentity, folder: string): Promise<void> {
  const left = await leftovers(lab, folder);
  if (left.length > 0) throw new LabError(`lab ${lab.name} is not gone; left behind:\n  ${left.join("\n  ")}`);
}
