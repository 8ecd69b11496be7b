import { dict, type KubeObject, list, withContainers, withPod } from "./kubeObject.ts";

const noCapabilities = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
const seccomp = { seccompProfile: { type: "RuntimeDefault" } };

/** Programs of a Deployment talk to the API and change no machine: without capabilities, unless their release says otherwise. */
export function leastPrivilege(object: KubeObject): KubeObject {
  if (object.kind !== "Deployment") return object;
  return withPod(object, (pod) =>
    [...list(pod.initContainers), ...list(pod.containers)].some((one) => dict(one.securityContext).privileged === true)
      ? pod
      : {
          ...withContainers(pod, (one) => ({ ...one, securityContext: { ...noCapabilities, ...dict(one.securityContext) } })),
          securityContext: { ...seccomp, ...dict(pod.securityContext) },
        },
  );
}

/** The pod with exactly these capabilities in each of its containers; a name that is not given has none, and a root folder that cannot be written. */
export const withCapabilities = (pod: KubeObject, names: Readonly<Record<string, readonly string[]>>): KubeObject => ({
  ...withContainers(pod, (one) => {
    const add = names[String(one.name)];
    return {
      ...one,
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"], ...(add === undefined ? {} : { add }) },
        readOnlyRootFilesystem: add === undefined,
      },
    };
  }),
  securityContext: { ...seccomp, ...dict(pod.securityContext) },
});
