import { fileFact } from "../../facts/files.ts";
import { sh } from "../../host/sh.ts";
import { type Resource, resource } from "../resource.ts";
import type { Change } from "../verdict.ts";
import { file } from "./file.ts";

const configPath = "/etc/sysctl.d/90-provision.conf";
const beforePath = "/var/lib/provision/undo/sysctl";
const sysPath = (key: string): string => `/proc/sys/${key.replaceAll(".", "/")}`;

/** Kernel settings, live and for the next boot. What was there first is kept on the node, and put back by `unmake`. */
export function sysctls(wanted: Readonly<Record<string, string>>): Resource {
  const keys = Object.keys(wanted).sort();
  const content = keys.map((key) => `${key} = ${wanted[key]}\n`).join("");
  const config = file({ path: configPath, content });
  const read = sh`for k in ${keys}; do p=/proc/sys/$(echo "$k" | tr . /); if [ -r "$p" ]; then printf '%s=%s\\n' "$k" "$(tr -s '\\t\\n' ' ' <"$p" | sed 's/ $//')"; fi; done`;
  const set = sh.lines(
    keys.map(
      (key) => sh`old=$(cat ${sysPath(key)}) || exit 1
grep -q ${`^${key}=`} ${beforePath} 2>/dev/null || printf '%s=%s\\n' ${key} "$old" >>${beforePath}
[ "$old" = ${wanted[key] ?? ""} ] || printf '%s\\n' ${wanted[key] ?? ""} >${sysPath(key)} || exit 1`,
    ),
  );
  return resource(
    {
      file: fileFact(configPath, true),
      live: {
        key: `sysctls ${keys.join(" ")}`,
        script: read,
        parse: ({ stdout }) =>
          new Map(
            stdout
              .split("\n")
              .flatMap((line) =>
                line.includes("=") ? [[line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const] : [],
              ),
          ),
      },
    },
    {
      differs: ({ file: state, live }) => {
        const changes: Change[] = [...config.differs({ state })];
        for (const key of keys) {
          const value = live.get(key);
          if (value !== wanted[key])
            changes.push({ what: "sysctl", action: "set", target: key, detail: `${value ?? "not there"} -> ${wanted[key]}` });
        }
        return changes;
      },
      make: () => [
        { kind: "write", path: configPath, content, mode: "644" },
        { kind: "run", summary: "set sysctls", script: sh`mkdir -p /var/lib/provision/undo\n${set}` },
      ],
      unmake: [
        { kind: "delete", path: configPath },
        {
          kind: "run",
          summary: "put sysctls back",
          script: sh`[ -f ${beforePath} ] || exit 0\nwhile IFS='=' read -r k v; do printf '%s\\n' "$v" >"/proc/sys/$(echo "$k" | tr . /)" || true; done <${beforePath}\nrm -f ${beforePath}`,
        },
      ],
    },
  );
}
