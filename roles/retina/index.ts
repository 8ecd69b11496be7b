import type { Fact } from "../../src/facts/fact.ts";
import { existsFact } from "../../src/facts/files.ts";
import type { RetinaSpec } from "../../src/model/retina.ts";
import { retina as part, retinaOf } from "../../src/network/retina.ts";
import type { Action } from "../../src/role/action.ts";
import { nodeStep, type Step } from "../../src/role/step.ts";
import { type Change, changeIf } from "../../src/role/verdict.ts";
import { manifestSteps } from "../cluster/manifestSteps.ts";
import { absent, cleared, markPath } from "./absent.ts";
import { metricsProblem, metricsScript, retinaGates } from "./gates.ts";
import { retinaManifest } from "./manifest.ts";
import { variant } from "./variant.ts";

/** null: it looks at this node, and says what it sees. */
const metricsFact = (retina: RetinaSpec): Fact<string | null> => ({
  key: "retina metrics",
  script: metricsScript(retina),
  parse: ({ stdout }) => metricsProblem(stdout, retina),
});

const metrics = nodeStep({
  id: "retina/metrics",
  summary: "Retina tells what the node sends and receives",
  after: ["retina/pod"],
  when: (_node, cluster) => part.inUse(cluster),
  facts: ({ cluster }) => ({ problem: metricsFact(retinaOf(cluster)), marks: existsFact([markPath]) }),
  check: ({ facts: { problem, marks } }) => {
    const changes: Change[] = [];
    if (!marks.has(markPath)) changes.push({ what: "file", action: "create", target: markPath });
    if (problem !== null) changes.push({ what: "node", action: "look", target: "Retina's metrics", detail: problem });
    return changeIf(changes);
  },
  apply: ({ cluster }) => [
    { kind: "write", path: markPath, content: "", mode: "644" },
    ...retinaGates(cluster).map((condition): Action => ({ kind: "wait", condition })),
  ],
  verify: ({ cluster }) => retinaGates(cluster),
});

/** Retina from its own chart, after the networks it looks at. */
export const retina: readonly Step[] = [variant, ...manifestSteps(retinaManifest), metrics, absent, cleared];
