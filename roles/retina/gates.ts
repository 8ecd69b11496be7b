import { type Script, sh } from "../../src/host/sh.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import { metricsPortOf, pluginsOf, type RetinaSpec } from "../../src/model/retina.ts";
import { retinaOf } from "../../src/network/retina.ts";
import type { Condition } from "../../src/role/action.ts";

interface Series {
  /** Without labels: every value of this name. */
  readonly name: string;
  readonly labels: string;
  /** Above this: a node that runs has sent and received something. null: that it is there is enough. */
  readonly above: number | null;
}

const forwarded = (direction: string): Series => ({
  name: "networkobservability_forward_count",
  labels: `direction="${direction}"`,
  above: 0,
});

/**
 * What each plug-in says of every node that runs; others say something only when it happens: a drop, a question for a name.
 * microsoft/retina docs/03-Metrics/modes/basic.md, pkg/plugin/packetforward (both directions each metricsInterval, 10 s),
 * pkg/plugin/linuxutil (sockets by state).
 */
const seriesOf: Readonly<Record<string, readonly Series[]>> = {
  packetforward: [forwarded("ingress"), forwarded("egress")],
  linuxutil: [{ name: "networkobservability_tcp_state", labels: "", above: null }],
};

/** The series of a node that must be there; none when its plug-ins say only what happens. */
export const wantedSeries = (retina: RetinaSpec): readonly Series[] =>
  (pluginsOf(retina) ?? []).flatMap((name) => seriesOf[name] ?? []);

/** Only reads. Prints the answer's first line, and the lines of series that are asked for; nothing when nobody answers. */
export function metricsScript(retina: RetinaSpec): Script {
  const names = [...new Set(wantedSeries(retina).map(({ name }) => name))];
  const pattern = `^(HTTP/|${names.map((name) => `${name}[{ ]|`).join("")}$)`;
  const ask = `exec 3<>/dev/tcp/127.0.0.1/${metricsPortOf(retina)} && printf 'GET /metrics HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && cat <&3`;
  return sh`timeout 5 bash -c ${ask} 2>/dev/null | tr -d '\\r' | grep -E ${pattern} | grep . | head -c 20000`;
}

const labelled = (line: string, { name, labels }: Series): boolean =>
  line.startsWith(`${name}{`)
    ? line.slice(name.length + 1, line.lastIndexOf("}")).includes(labels)
    : labels === "" && line.startsWith(`${name} `);

/** Why what its agent answers does not say that it looks at this node; null when it does. `said`: what the script printed. */
export function metricsProblem(said: string, retina: RetinaSpec): string | null {
  const at = `127.0.0.1:${metricsPortOf(retina)}/metrics`;
  const [status = "", ...lines] = said.split("\n");
  if (status === "") return `nobody answers on ${at}`;
  if (!/^HTTP\/1\.[01] 200\b/.test(status)) return `${at} answers ${status.slice(0, 60)}`;
  for (const one of wantedSeries(retina)) {
    const what = `${one.name}${one.labels === "" ? "" : `{${one.labels}}`}`;
    const values = lines.filter((line) => labelled(line, one)).map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
    if (values.length === 0) return `${at} has no series ${what}`;
    const { above } = one;
    if (above !== null && !values.some((value) => value > above))
      return `${at} says ${what} is ${values.join(", ")}: it counts nothing`;
  }
  return null;
}

/** What must hold on a node before its new agent counts. Readiness asks only that /metrics answers, which it does without any plug-in. */
export const retinaGates = (cluster: ClusterSpec): readonly Condition[] => {
  const retina = retinaOf(cluster);
  return [
    {
      summary: "Retina's metrics answer, with series of this node",
      script: metricsScript(retina),
      unmet: ({ stdout }) => metricsProblem(stdout, retina),
      intervalMs: 1_000,
      deadlineMs: 120_000,
      evidence: sh`crictl ps -a --name '^(init-retina|retina|retina-agent-init)$'; crictl logs --tail 12 "$(crictl ps -aq --name '^retina$' | head -n 1)" 2>&1 | cut -c1-300`,
    },
  ];
};
