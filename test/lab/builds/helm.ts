import { archived, type Component } from "./component.ts";
import { VERSIONS } from "./versions.ts";

const HELM = "helm.sh/helm/v3";
const MEMBERS = { "linux-amd64/helm": "helm" };

/** Renders the charts that a network comes as; on the controller, never on a node. */
export const helm: Component = {
  name: "helm",
  version: VERSIONS.helm,
  build: {
    modules: { [HELM]: `v${VERSIONS.helm}` },
    commands: { [`${HELM}/cmd/helm`]: "helm" },
    variables: {
      [`${HELM}/internal/version.version`]: `v${VERSIONS.helm}`,
      [`${HELM}/internal/version.gitTreeState`]: "clean",
    },
  },
  archive: { file: `helm-${VERSIONS.helm}-linux-amd64.tar.gz`, members: MEMBERS },
  publish: [archived("helm", VERSIONS.helm, MEMBERS)],
  seconds: 150,
};
