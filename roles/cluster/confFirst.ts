import { sh } from "../../src/host/sh.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import { jsonOrNull } from "../../src/model/jsonOrNull.ts";
import { partsOf } from "../../src/network/parts.ts";
import type { Condition } from "../../src/role/action.ts";

/**
 * The network's configuration is in place, understood, and comes before all that are not of this cluster: a container runtime takes the
 * first file of /etc/cni/net.d (containerd go-cni: *.conf, *.conflist, *.json in order of their names).
 */
export function confFirst(cluster: ClusterSpec, confFile: string): Condition {
  const own = new Set(partsOf(cluster).flatMap((part) => part.confFile ?? []));
  return {
    summary: `${confFile} is what containerd makes pods' networks from`,
    script: sh`cd /etc/cni/net.d 2>/dev/null || exit 0
LC_ALL=C ls | grep -E '\\.(conf|conflist|json)$' | head -n 1
[ -f ${confFile} ] && cat ${confFile}`,
    unmet: ({ stdout }) => {
      const end = stdout.indexOf("\n");
      const [first, text] = [stdout.slice(0, Math.max(0, end)), stdout.slice(end + 1)];
      if (first === "") return "there is no configuration in /etc/cni/net.d";
      if (!own.has(first)) return `${first} in /etc/cni/net.d comes before ${confFile}: containerd takes that one`;
      return text === "" ? `${confFile} is not there yet` : badConf(text);
    },
    intervalMs: 500,
    deadlineMs: 60_000,
    evidence: sh`ls -l /etc/cni/net.d`,
  };
}

/** As the CNI specification wants it: a name, and plug-ins that have types. */
function badConf(text: string): string | null {
  const parsed = jsonOrNull(text) as { name?: unknown; type?: unknown; plugins?: unknown } | null;
  if (parsed === null) return "it is no JSON";
  const plugins: readonly unknown[] = Array.isArray(parsed.plugins) ? parsed.plugins : [parsed];
  const typed = plugins.every((plugin) => typeof (plugin as { type?: unknown } | null)?.type === "string");
  return typeof parsed.name === "string" && plugins.length > 0 && typed ? null : "it names no network or no plug-in";
}
