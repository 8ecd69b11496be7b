import { clusterImages } from "../../roles/clusterImages.ts";
import { readFacts } from "../facts/fact.ts";
import { judgeImages, type UsedImage } from "../images/judgeImages.ts";
import { nodeImagesFact } from "../images/nodeImagesFact.ts";
import { podsFact } from "../images/podsFact.ts";
import { wantedImages } from "../images/wantedImages.ts";
import { controlPlanes } from "../model/cluster.ts";
import type { Diagnostic, ExitCode } from "../model/diagnostic.ts";
import { count, jsonText } from "../plan/renderText.ts";
import { renderUsed } from "../report/renderImages.ts";
import { lookAtCluster, lookAtHost, nodeDiagnostic } from "../run/look.ts";
import type { CliIo } from "./cliIo.ts";
import type { ImagesOptions } from "./imagesList.ts";
import { prepare } from "./prepare.ts";
import { printDiagnostics } from "./printDiagnostics.ts";

/** What every container on every machine really runs, against the inventory. 0 all is as it says, 1 something differs or a machine did not answer. */
export async function imagesVerify(io: CliIo, options: ImagesOptions): Promise<ExitCode> {
  const prepared = await prepare(io, options);
  const { cluster, target, world } = prepared;
  try {
    const wanted = wantedImages(cluster, target.catalog, clusterImages(target));
    const { api, kube } = await lookAtCluster(world.sessions, controlPlanes(cluster), [podsFact]);
    const told = kube === null ? null : readFacts({ pods: podsFact }, kube).pods;
    const diagnostics: Diagnostic[] = kube === null ? [noApi] : [];
    const used: UsedImage[] = [];
    await Promise.all(
      cluster.nodes.map(async ({ name }) => {
        try {
          const replies = await world.sessions.with(name, (host) => lookAtHost(host, [nodeImagesFact]));
          const judged = judgeImages(name, readFacts({ seen: nodeImagesFact }, replies).seen, wanted, told);
          used.push(...judged.used);
          diagnostics.push(...judged.used.flatMap(wrong), ...judged.problems.map((message) => differs(name, message)));
        } catch (error) {
          diagnostics.push(nodeDiagnostic(name, error));
        }
      }),
    );
    used.sort((a, b) => (`${a.node} ${a.pod} ${a.container}` < `${b.node} ${b.pod} ${b.container}` ? -1 : 1));
    diagnostics.sort((a, b) => ((a.place.node ?? "") < (b.place.node ?? "") ? -1 : 1));
    if (options.json) {
      io.stdout(`${jsonText({ apiVersion: "provision/images/v1", cluster: cluster.name, api, used, diagnostics })}\n`);
    } else {
      io.stdout(renderUsed(used, { color: io.color, width: io.width }));
      const ours = used.filter((one) => one.ours).length;
      if (diagnostics.length > 0) printDiagnostics(io, diagnostics, { json: false });
      else
        io.stdout(
          `\nok: ${count(ours, "container")} on ${count(cluster.nodes.length, "node")} run what the inventory says, digest by digest\n`,
        );
    }
    return diagnostics.length === 0 ? 0 : 1;
  } finally {
    await prepared.close();
  }
}

const noApi: Diagnostic = {
  severity: "error",
  code: "images/no-api",
  message: "no control plane's API server answers: what it says of its pods is not compared",
  place: {},
};

const wrong = ({ node, pod, container, asked, problem }: UsedImage): readonly Diagnostic[] =>
  problem === null ? [] : [{ ...differs(node, `${pod} ${container}: ${problem}`), seen: asked }];

const differs = (node: string, message: string): Diagnostic => ({
  severity: "error",
  code: "images/differs",
  message,
  place: { node },
  hint: "provision up brings images and objects back; a container that runs something else is made anew when its pod is deleted",
});
