import type { RetinaSpec } from "../../src/model/retina.ts";
import { type ChartValues, mergedValues } from "../../src/role/objects/mergedValues.ts";

const repository = "ghcr.io/microsoft/retina";
/** Its agent looks at every node, control planes and nodes with taints of yours too; the chart's own keeps off those. */
const everywhere = [{ operator: "Exists" }];

/** The chart's values: what the inventory's fields say, and the inventory's own values over them. */
export function retinaValues({ version, variant, values }: RetinaSpec): ChartValues {
  const tag = `v${version}`;
  const shared = { os: { windows: false } };
  const standard = { ...shared, image: { tag }, operator: { tag }, tolerations: everywhere };
  const hubble = {
    ...shared,
    // Its chart names a registry of its project's own tests.
    agent: { repository: `${repository}/retina-agent`, tag, init: { tag }, tolerations: everywhere },
    operator: { repository: `${repository}/retina-operator`, tag },
    // Flows are asked on a node; the relay and the page come with certificates that a job of the chart makes.
    hubble: {
      listenAddress: "",
      tls: { enabled: false, auto: { enabled: false } },
      relay: { enabled: false, tls: { server: { enabled: false } } },
      ui: { enabled: false },
    },
  };
  return mergedValues(variant === "hubble" ? hubble : standard, values);
}
