import { dict, type KubeObject } from "./kubeObject.ts";

/** A container that asks for a capability its host's root does not have does not start. */
export function withoutCapability(container: KubeObject, name: string): KubeObject {
  const context = dict(container.securityContext);
  const { add } = dict(context.capabilities);
  if (!Array.isArray(add)) return container;
  const kept = add.filter((one) => one !== name);
  return { ...container, securityContext: { ...context, capabilities: { ...dict(context.capabilities), add: kept } } };
}
