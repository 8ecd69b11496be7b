import type { Fact } from "../../facts/fact.ts";
import { deprecatedRequestsFact, type WrittenObject, writtenAsFact } from "../../facts/upgradeApis.ts";
import { kubeletOptionsFact } from "../../facts/upgradeMachine.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { compareMinors, minorOf } from "../../model/versions.ts";
import type { Hop } from "../hops.ts";
import { listed, refusal, refuse, warn } from "./refusal.ts";
import { type RemovedApi, removedApis, removedKubeletOptions } from "./removed.ts";

const guide = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/";

/** Whether the hop leads out of what `removed` takes away. */
const goes = (removed: string, { from, to }: Hop): boolean =>
  compareMinors(removed, minorOf(to)) <= 0 && compareMinors(removed, minorOf(from)) > 0;

const nameOf = ({ group, version, plural }: RemovedApi): string => `${group}/${version} ${plural}`;
const goingApis = (hop: Hop): readonly RemovedApi[] => removedApis.filter(({ removed }) => goes(removed, hop));

/** Clients that would get "not found", by the API servers' own count. */
export const requestedApis = refusal({
  name: "requested-apis",
  kube: ({ cluster }) => ({ requests: deprecatedRequestsFact(cluster) }),
  judge: ({ hop, kube }): readonly Diagnostic[] =>
    kube.requests
      .filter(({ removed }) => /^1\.\d+$/.test(removed) && goes(removed, hop))
      .map(({ group, version, resource, removed }) =>
        refuse("removed-api-requested", {
          message: `somebody asks for ${group}/${version} ${resource}, which Kubernetes ${removed} does not serve any more`,
          seen: `apiserver_requested_deprecated_apis{group="${group}",version="${version}",resource="${resource}",removed_release="${removed}"} 1`,
          hint: `find who in the audit log (annotation k8s.io/deprecated), move it to a newer version; the count begins anew when the API server restarts (${guide})`,
        }),
      ),
});

/** Objects somebody keeps writing in a version that goes: they stay readable in a newer one, but the next application of that file fails. */
export const writtenApis = refusal({
  name: "written-apis",
  kube: ({ hop }): Readonly<Record<string, Fact<readonly WrittenObject[]>>> =>
    Object.fromEntries(goingApis(hop).map((api) => [nameOf(api), writtenAsFact(api.group, api.version, api.plural)])),
  judge: ({ hop, kube }): readonly Diagnostic[] =>
    goingApis(hop).flatMap((api) => {
      const objects = kube[nameOf(api)] ?? [];
      if (objects.length === 0) return [];
      return [
        warn("removed-api-written", {
          message: `objects were written as ${nameOf(api)}, which Kubernetes ${api.removed} does not serve any more`,
          seen: listed(
            objects.map(({ namespace, name, by }) => `${namespace === "" ? "" : `${namespace}/`}${name} by ${by.join(", ")}`),
          ),
          hint: `write them as ${api.group}/${api.instead} from now on; what is stored stays (${guide})`,
        }),
      ];
    }),
});

/**
 * Options with which the new kubelet would not start. Those in kubeadm-flags.env kubeadm takes away itself, in its phase post-upgrade; one
 * that comes from elsewhere, such as a drop-in of the unit, stays.
 */
export const kubeletOptions = refusal({
  name: "kubelet-options",
  node: () => ({ options: kubeletOptionsFact }),
  judge: ({ hop, cluster, nodes }): readonly Diagnostic[] =>
    cluster.nodes.flatMap(({ name }) => {
      const options = nodes.get(name)?.options;
      return removedKubeletOptions
        .filter(({ option, removed }) => goes(removed, hop) && options?.started.has(option) && !options.kubeadm.has(option))
        .map(({ option, removed, source }) =>
          refuse("removed-kubelet-option", {
            node: name,
            message: `its kubelet is started with --${option}, with which kubelet ${removed} does not start`,
            hint: `systemctl cat kubelet shows where it comes from: take it out there and restart the kubelet; it does nothing any more (${source})`,
          }),
        );
    }),
});
