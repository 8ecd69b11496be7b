import type { Host } from "../host/host.ts";
import { sh } from "../host/sh.ts";
import type { World } from "./world.ts";

/**
 * Takes away what runs that died left on a node: jobs that have ended but whose end nobody saw, and configurations written for kubeadm.
 * For whoever holds the cluster's lock and has no job of its own there. Jobs that still run are left alone, or stopped.
 */
export async function clearDeadRuns(host: Host, stillRunning: "leave" | "stop"): Promise<void> {
  const script = sh`running=
for u in $(systemctl list-units --all --plain --no-legend --type=service 'provision-*' | awk '{print $1}'); do
  [ "$(systemctl show -p Transient --value "$u")" = yes ] || continue
  case "$(systemctl show -p SubState --value "$u")" in
    exited|failed|dead) systemctl stop "$u"; systemctl reset-failed "$u" 2>/dev/null;;
    *) if [ ${stillRunning} = stop ]; then systemctl stop "$u"; else running=yes; fi;;
  esac
done
[ -n "$running" ] || rm -rf /run/provision/jobs /run/provision/kubeadm-* /run/provision/pki`;
  await host.run(script.text);
}

/** The same on every node, jobs that still run left alone. A node that just went away is told by the next look. */
export const clearDeadRunsOf = ({ cluster, sessions }: World): Promise<unknown> =>
  Promise.allSettled(cluster.nodes.map(({ name }) => sessions.with(name, (host) => clearDeadRuns(host, "leave"))));
