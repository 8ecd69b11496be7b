import { archived, type Component } from "./component.ts";
import { VERSIONS } from "./versions.ts";

const HELM = "helm.sh/helm/v3";
/** Its client library's, 0.37: what `helm template` takes for the cluster's version when it is not told one. A bare build says 1.20. */
const KUBERNETES = { Major: "1", Minor: "37" };
const KUBERNETES_VARIABLES = ["pkg/chartutil", "pkg/lint/rules"].flatMap((package_) =>
  Object.entries(KUBERNETES).map(([part, value]) => [`${HELM}/${package_}.k8sVersion${part}`, value]),
);

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
      ...Object.fromEntries(KUBERNETES_VARIABLES),
    },
  },
  archive: { file: `helm-${VERSIONS.helm}-linux-amd64.tar.gz`, members: MEMBERS },
  publish: [archived("helm", VERSIONS.helm, MEMBERS)],
  seconds: 150,
};
