/** More interfaces for pods, beside the one the CNI gives. */
export interface MultusSpec {
  readonly version: string;
  /** "thick": a daemon on each node does the work and its plug-in only asks; "thin": the plug-in does it, with a kubeconfig on the node. */
  readonly kind: "thick" | "thin";
  /** Request and limit of its container, e.g. "128Mi"; null: the release's own. */
  readonly memory: string | null;
  readonly logLevel: "debug" | "verbose" | "error" | "panic";
  /** Pods may use definitions of their own namespace and of "default" alone. */
  readonly namespaceIsolation: boolean;
  /** A file of the node that says that the default network is there; null: the CNI's own in /etc/cni/net.d, where this tool knows it. */
  readonly readinessIndicatorFile: string | null;
  /** A change between thick and thin, which is another installation, is wanted. */
  readonly reinstall: boolean;
  readonly attachments: readonly NetworkAttachment[];
  /** How a second interface is tried between all nodes. */
  readonly probe:
    | { readonly kind: "none" }
    /** A pod on each node gets one that leads nowhere. */
    | { readonly kind: "attach" }
    /** They stand on this interface of the nodes and reach each other; null: the one with the default route. */
    | { readonly kind: "macvlan"; readonly master: string | null };
}

/** A NetworkAttachmentDefinition. */
export interface NetworkAttachment {
  readonly name: string;
  readonly namespace: string;
  /** CNI configuration as JSON: of one plug-in ("type") or a list ("plugins"), with its name and cniVersion. */
  readonly config: string;
}

/** The CNI plug-ins it calls, in order: ["macvlan", "tuning"]. */
export function pluginTypes({ config }: NetworkAttachment): readonly string[] {
  const { type, plugins } = JSON.parse(config) as { type?: string; plugins?: readonly { readonly type?: string }[] };
  return (plugins ?? [{ type }]).map((plugin) => plugin.type ?? "");
}
