import { fileFact } from "../../facts/files.ts";
import { startRecordPath, unitFact } from "../../facts/systemd.ts";
import { sh } from "../../host/sh.ts";
import type { Action } from "../action.ts";
import { type Resource, resource } from "../resource.ts";
import type { Change } from "../verdict.ts";
import { file, sha256 } from "./file.ts";

export interface UnitOptions {
  /** "containerd.service". */
  readonly unit: string;
  /** Text of /etc/systemd/system/<unit>. */
  readonly content: string;
  /** Files whose content the running service must have started with. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
  /** Links (to programs in the store) the running service must have started through. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** false: only installed and enabled; something else (kubeadm) starts it. */
  readonly running: boolean;
  /** What stops answering while it restarts. */
  readonly disrupts?: string;
}

/**
 * A service whose unit file is ours, and which runs with the files and programs it should. At every start the unit writes the
 * digests of what it starts with to /run, so "a restart is owed" is something a look can see, also after a crash.
 */
export function unit(options: UnitOptions): Resource {
  const { unit: name, content, files, links, running, disrupts } = options;
  const path = `/etc/systemd/system/${name}`;
  const recordPath = startRecordPath(name);
  const watched = [{ path, content }, ...files];
  const startRecord = [...watched.map((one) => `${sha256(one.content)}  ${one.path}`), ...links.map((one) => one.target)].join(
    "\n",
  );
  // Before the start, not after: a file that changes in between then reads as "restart owed", never as "current".
  const targets = links.length === 0 ? sh`:` : sh`readlink ${links.map((one) => one.path)}`;
  const note = sh`mkdir -p /run/provision/started && { sha256sum ${watched.map((one) => one.path)}; ${targets}; } >${recordPath}`;
  const dropIn = file({ path: `${path}.d/90-provision-record.conf`, content: `[Service]\nExecStartPre=/bin/sh -c "${note}"\n` });
  const unitFile = file({ path, content });

  return resource(
    { state: unitFact(name), file: fileFact(path, true), dropIn: fileFact(`${path}.d/90-provision-record.conf`, true) },
    {
      differs: ({ state, file: own, dropIn: record }) => {
        const changes: Change[] = [...unitFile.differs({ state: own }), ...dropIn.differs({ state: record })];
        if (state.enabled !== "enabled") changes.push({ what: "unit", action: "enable", target: name });
        if (running) {
          const disruption = disrupts === undefined ? {} : { disrupts };
          if (state.active !== "active")
            changes.push({
              what: "unit",
              action: "start",
              target: name,
              ...(state.active === "" ? {} : { detail: `is ${state.active}` }),
            });
          else if (changes.length > 0 || state.startedWith !== startRecord)
            changes.push({ what: "unit", action: "restart", target: name, ...disruption });
        }
        return changes;
      },
      make: ({ state, file: own, dropIn: record }) => {
        const actions: Action[] = [];
        if (unitFile.differs({ state: own }).length > 0) actions.push(...unitFile.make({ state: own }));
        if (dropIn.differs({ state: record }).length > 0) actions.push(...dropIn.make({ state: record }));
        if (actions.length > 0 || state.needsReload) actions.push({ kind: "daemon-reload" });
        if (state.enabled !== "enabled") actions.push({ kind: "unit", unit: name, operation: "enable" });
        if (running) actions.push({ kind: "unit", unit: name, operation: "restart" });
        return actions;
      },
      unmake: [
        { kind: "unit", unit: name, operation: "stop" },
        { kind: "unit", unit: name, operation: "disable" },
        { kind: "delete", path },
        { kind: "delete", path: `${path}.d` },
        { kind: "delete", path: recordPath },
        { kind: "daemon-reload" },
      ],
    },
  );
}
