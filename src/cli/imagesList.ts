import { clusterImages, upstreamImages } from "../../roles/clusterImages.ts";
import { missingBuilds, wantedImages } from "../images/wantedImages.ts";
import type { ExitCode } from "../model/diagnostic.ts";
import { jsonText } from "../plan/renderText.ts";
import { renderWanted } from "../report/renderImages.ts";
import type { CliIo } from "./cliIo.ts";
import { type CommonOptions, prepare } from "./prepare.ts";
import { printDiagnostics } from "./printDiagnostics.ts";

export interface ImagesOptions extends CommonOptions {
  readonly json?: boolean;
}

/** What the inventory asks for, without a look at any machine. 0; 3 when images.strict refuses one. */
export async function imagesList(io: CliIo, options: ImagesOptions): Promise<ExitCode> {
  const { cluster, target, close } = await prepare(io, options);
  await close();
  const images = wantedImages(cluster, target.catalog, clusterImages(target));
  const diagnostics = missingBuilds(cluster, target.catalog, upstreamImages(target));
  if (options.json)
    io.stdout(
      `${jsonText({ apiVersion: "provision/images/v1", cluster: cluster.name, profile: cluster.images.profile, images, diagnostics })}\n`,
    );
  else {
    if (diagnostics.length > 0) printDiagnostics(io, diagnostics, { json: false });
    io.stdout(renderWanted(images, { color: io.color, width: io.width }));
  }
  return diagnostics.some(({ severity }) => severity === "error") ? 3 : 0;
}
