import type { Action } from "../role/action.ts";

/** One line for a person: what is being done. */
export function describe(action: Action): string {
  switch (action.kind) {
    case "write":
    case "delete":
      return `${action.kind} ${action.path}`;
    case "link":
      return `link ${action.path} -> ${action.target}`;
    case "store":
      return `ship ${action.artifact.name} ${action.artifact.version}`;
    case "image":
      return `pull ${action.ref}`;
    case "daemon-reload":
      return "systemctl daemon-reload";
    case "unit":
      return `${action.operation} ${action.unit}`;
    case "run":
    case "job":
      return action.summary;
    case "copy":
      return `copy ${action.paths.length} key files from a control plane`;
    case "wait":
      return action.condition.summary;
    case "approve-serving-certificates":
      return "approve kubelet serving certificates";
  }
}
