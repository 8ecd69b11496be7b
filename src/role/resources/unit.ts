import { fileFact } from "../../facts/files.ts";
import { startRecordPath, unitFact } from "../../facts/systemd.ts";
import { sh } from "../../host/sh.ts";
import { type Resource, resource } from "../resource.ts";
import type { Change } from "../verdict.ts";
import { file, sha256 } from "./file.ts";

export interface Service {
  /** "containerd.service". */
  readonly unit: string;
  /** Text of /etc/systemd/system/<unit>. */
  readonly content: string;
  /** Files the running service must have started with. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
  /** Links (to programs in the store) the running service must have started through. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

const unitPath = (unit: string): string => `/etc/systemd/system/${unit}`;
const watchedFiles = ({ unit, content, files }: Service): readonly { readonly path: string; readonly content: string }[] => [
  { path: unitPath(unit), content },
  ...files,
];

/**
 * A service's unit file, enabled. At every start the unit writes the digests of what it starts with to /run, so that "a restart
 * is owed" can be seen by a look, also after a crash in between.
 */
export function installed(service: Service): Resource {
  const { unit, content, links } = service;
  const path = unitPath(unit);
  const dropInPath = `${path}.d/90-provision-record.conf`;
  const targets = links.length === 0 ? sh`:` : sh`readlink ${links.map((one) => one.path)}`;
  // Before the start, not after: a file that changes in between then reads as "restart owed", never as "current".
  const note = sh`mkdir -p /run/provision/started && { sha256sum ${watchedFiles(service).map((one) => one.path)}; ${targets}; } >${startRecordPath(unit)}`;
  const parts = {
    file: file({ path, content }),
    dropIn: file({ path: dropInPath, content: `[Service]\nExecStartPre=/bin/sh -c "${note}"\n` }),
  };
  return resource(
    { state: unitFact(unit), file: fileFact(path, true), dropIn: fileFact(dropInPath, true) },
    {
      differs: ({ state, ...states }) => {
        const changes = [...parts.file.differs({ state: states.file }), ...parts.dropIn.differs({ state: states.dropIn })];
        const enable: Change[] = state.enabled === "enabled" ? [] : [{ what: "unit", action: "enable", target: unit }];
        return [...changes, ...enable];
      },
      make: () => [
        ...parts.file.make({}),
        ...parts.dropIn.make({}),
        { kind: "daemon-reload" },
        { kind: "unit", unit, operation: "enable" },
      ],
      unmake: [
        { kind: "unit", unit, operation: "stop" },
        { kind: "unit", unit, operation: "disable" },
        { kind: "delete", path },
        { kind: "delete", path: `${path}.d` },
        { kind: "delete", path: startRecordPath(unit) },
        { kind: "daemon-reload" },
      ],
    },
  );
}

/** A service that runs, and that started with the files and programs it should have. `disrupts`: what stops answering in a restart. */
export function running(service: Service, disrupts?: string): Resource {
  const { unit, links } = service;
  const record = [
    ...watchedFiles(service).map((one) => `${sha256(one.content)}  ${one.path}`),
    ...links.map((one) => one.target),
  ].join("\n");
  return resource(
    { state: unitFact(unit) },
    {
      differs: ({ state }) => {
        if (state.active !== "active")
          return [
            { what: "unit", action: "start", target: unit, ...(state.load === "loaded" ? { detail: `is ${state.active}` } : {}) },
          ];
        if (state.startedWith === record) return [];
        return [{ what: "unit", action: "restart", target: unit, ...(disrupts === undefined ? {} : { disrupts }) }];
      },
      make: ({ state }) => [
        ...(state.needsReload ? [{ kind: "daemon-reload" } as const] : []),
        { kind: "unit", unit, operation: "restart" },
      ],
      unmake: [],
    },
  );
}
