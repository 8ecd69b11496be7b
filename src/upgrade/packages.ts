import type { PackagesSeen } from "../facts/packages.ts";
import { type Script, sh } from "../host/sh.ts";
import type { Diagnostic } from "../model/diagnostic.ts";

/** When a machine restarts after its packages: when they ask for it, or in any case. */
export type Restart = "needed" | "always";

/** Why packages of this machine cannot be upgraded; null: they can. */
export function packagesRefusal(node: string, { manager }: Pick<PackagesSeen, "manager">): Diagnostic | null {
  if (manager === "apt-get") return null;
  const message =
    manager === ""
      ? "no package manager is known on this machine"
      : `packages of ${manager} are not upgraded yet: apt-get (Debian, Ubuntu) is what is known`;
  const hint = "drain the node, upgrade and restart it by hand, or leave it out: rpm systems come later";
  return { severity: "error", code: "packages/manager", message, place: { node }, seen: manager, hint };
}

/** Whether the node's turn comes. */
export const needsTurn = ({ newer, unfinished, restart }: PackagesSeen, when: Restart): boolean =>
  newer.length > 0 || unfinished || restart || when === "always";

/**
 * apt waits for dpkg's locks, not for its own of lists and archives: work of a run that died (by a lock of ours) and the system's own timers are
 * waited for here.
 */
const alone = sh`export DEBIAN_FRONTEND=noninteractive LC_ALL=C NEEDRESTART_SUSPEND=1
exec 8>/run/provision/packages.lock && flock 8
n=0; while [ "$n" -lt 600 ] && systemctl show -p ActiveState --value apt-daily.service apt-daily-upgrade.service | grep -q '^activating'; do n=$((n + 1)); sleep 1; done`;
/** Services that a package starts by itself must not hold our lock. */
const apt = sh`8>&- apt-get -q -y -o APT::Get::Upgrade-Allow-New=true -o DPkg::Lock::Timeout=600`;

/** Brings lists and packages, installs nothing. A repository that does not answer is an error: old lists would look like nothing to do. */
export const fetchPackages: Script = sh`${alone}
${apt} -o APT::Update::Error-Mode=any update && ${apt} --download-only upgrade`;

/**
 * Installs them. A file of configuration that somebody changed stays as it is; restarts of services are not left to needrestart, which would
 * restart the kubelet whenever it likes; what an earlier run broke off is ended first.
 */
export const installPackages: Script = sh`${alone}
8>&- dpkg --force-confdef --force-confold --configure -a && ${apt} -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold upgrade`;
