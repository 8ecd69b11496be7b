import type { Step } from "../../src/role/step.ts";
import { manifestSteps } from "../cluster/manifestSteps.ts";
import { networks } from "../networks.ts";
import { absent } from "./absent.ts";
import { attachments } from "./attachments.ts";
import { conf, waiting } from "./conf.ts";
import { kind } from "./kind.ts";
import { multusManifest } from "./manifest.ts";
import { secondInterface } from "./secondInterface.ts";

/** Multus from its own release manifest: the default network first, Multus after it. */
export const multus: readonly Step[] = [
  kind,
  ...manifestSteps({
    ...multusManifest,
    after: ["multus/kind", ...networks.filter((one) => one !== multusManifest).map(({ part }) => `${part}/installed`)],
  }),
  conf,
  waiting,
  attachments,
  secondInterface,
  ...absent,
];
