import type { Fact } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { type Answer, doubtful, type Finding, inferred, no, seen, unknown } from "../../kernel/answer.ts";
import { check } from "../check.ts";
import { plain, wholeOf } from "./replies.ts";
import { wantedSysctls } from "./wantedSysctls.ts";

/** Writing these does something even if the value stays. */
const triggers = /flush|^vm\.(drop_caches|compact_memory|stat_refresh)$|^kernel\.(sysrq|core_pattern|modprobe|hotplug)/;
/** Come with a module that is loaded when the node is set up. */
const withModule = /^net\.(bridge|netfilter|ipv4\.vs)\./;
/** The kernel's two names for one setting. */
const alias: Readonly<Record<string, string | undefined>> = { "net.ipv4.conf.all.forwarding": "net.ipv4.ip_forward" };
/** The file os/sysctl writes: those that sort after it win at the next boot. */
const ownFile = "90-provision.conf";

interface Sysctl {
  readonly state: "absent" | "unreadable" | "writable" | "refused";
  readonly value: string;
}

const pathOf = (key: string): string => `/proc/sys/${key.replaceAll(".", "/")}`;

/** With `writing` each value is written back as it was read, which changes nothing and proves that it can be set; without, only permission is asked for. */
const sysctlFact = (keys: readonly string[], writing: boolean): Fact<ReadonlyMap<string, Sysctl>> => {
  const probes = keys.map((key) => {
    const path = pathOf(key);
    const test = writing && !triggers.test(key) ? sh`printf '%s\\n' "$v" >${path}` : sh`[ -w ${path} ]`;
    return sh`if [ ! -e ${path} ]; then echo ${`absent=${key}`}; elif ! v=$(cat ${path}); then echo ${`unreadable=${key}`}
elif ( ${test} ); then printf 'writable=%s %s\\n' ${key} "$v"; else printf 'refused=%s %s\\n' ${key} "$v"; fi`;
  });
  return {
    key: `${writing ? "written" : "writable"} sysctls ${keys.join(" ")}`,
    script: sh`${sh.lines(probes)}\necho end=yes`,
    parse: ({ stdout }) => {
      const values = wholeOf("sysctls", stdout);
      const states = ["absent", "unreadable", "writable", "refused"] as const;
      return new Map(
        states.flatMap((state) =>
          values(state).map((line) => {
            const [key = "", ...value] = line.split(" ");
            return [key, { state, value: value.join(" ").replaceAll("?", " ") }] as const;
          }),
        ),
      );
    },
  };
};

interface Setting {
  readonly file: string;
  readonly key: string;
  readonly value: string;
}

/** Settings of the files systemd-sysctl applies at boot: the last file by name wins, and one in /etc hides its namesakes elsewhere (sysctl.d(5)). */
const sysctlFilesFact: Fact<readonly Setting[]> = {
  key: "sysctl files",
  script: sh`for f in /etc/sysctl.d/*.conf /run/sysctl.d/*.conf /usr/local/lib/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf; do [ -r "$f" ] && set -- "$@" "$f"; done
[ $# -eq 0 ] || grep -HE '^[[:space:]]*-?[a-z][^=]*=' "$@" | head -n 2000 | sed 's/^/set=/'; echo end=yes`,
  parse: ({ stdout }) => {
    const shown = new Map<string, string>();
    return wholeOf(
      "sysctl files",
      stdout,
    )("set").flatMap((line) => {
      const [, file = "", written = "", value = ""] = /^(\/[^:]+):\s*-?([^=]+?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      const base = file.slice(file.lastIndexOf("/") + 1);
      if (!shown.has(base)) shown.set(base, file);
      if (base === "" || shown.get(base) !== file) return [];
      // "net/ipv4/ip_forward" is another way to write it; a "." stands for itself then.
      const key = /^[^.]*\//.test(written) ? written.replaceAll("/", ".") : written;
      return [{ file, key: alias[key] ?? key, value }];
    });
  },
};

const rpFilter = "net.ipv4.conf.all.rp_filter";
const rpFilterFact: Fact<string> = {
  key: rpFilter,
  script: sh`cat ${pathOf(rpFilter)}`,
  parse: ({ stdout }) => plain(stdout.trim()),
};

/** Felix ends at once when the return path is checked loosely: projectcalico/calico `felix/dataplane/linux/int_dataplane.go`. Other networks set what they need. */
function judgeReturnPath(value: string): Answer {
  if (value === "0" || value === "1") return seen(value);
  if (value !== "2") return unknown(`${pathOf(rpFilter)} could not be read`);
  return doubtful(
    "the return path of packets is checked loosely, with which Calico does not start",
    `os.sysctls: {${rpFilter}: "1"} in the inventory, or Calico's IgnoreLooseRPF`,
    `${rpFilter} = 2`,
  );
}

/** The kernel settings that the cluster needs can be made, and stay after a boot. */
export const sysctls = check({
  name: "host/sysctls",
  title: "kernel settings",
  facts: ({ cluster, thorough }) => ({
    live: sysctlFact(Object.keys(wantedSysctls(cluster)).sort(), thorough),
    files: sysctlFilesFact,
    rpFilter: rpFilterFact,
  }),
  judge: ({ facts: { live, files, rpFilter: returnPath }, cluster, features, thorough }): readonly Finding[] => [
    ...Object.entries(wantedSysctls(cluster)).flatMap(([key, wanted]) => {
      const later = lastOf(files, key);
      const now = { what: key, answer: judgeLive(key, wanted, live.get(key), thorough && !triggers.test(key)) };
      if (later === undefined || later.value === wanted) return [now];
      const why = `at the next boot ${later.file} wins over the ${wanted} that is needed`;
      const hint = key in cluster.os.sysctls ? `, or change os.sysctls in the inventory` : "";
      return [
        now,
        { what: key, answer: doubtful(why, `take the line out of ${later.file}${hint}`, plain(`${key} = ${later.value}`)) },
      ];
    }),
    ...(features.some((name) => name.startsWith("calico")) && !(rpFilter in cluster.os.sysctls)
      ? [{ what: rpFilter, answer: judgeReturnPath(returnPath) }]
      : []),
  ],
});

/** What is set last at boot, after this tool's own file; undefined: nothing. */
function lastOf(files: readonly Setting[], key: string): Setting | undefined {
  const base = ({ file }: Setting): string => file.slice(file.lastIndexOf("/") + 1);
  const later = files.filter((one) => one.key === key && base(one) > ownFile);
  return later.sort((a, b) => (base(a) < base(b) ? -1 : base(a) > base(b) ? 1 : 0)).at(-1);
}

function judgeLive(key: string, wanted: string, found: Sysctl | undefined, written: boolean): Answer {
  if (found === undefined || found.state === "unreadable") return unknown(`${pathOf(key)} could not be read`);
  if (found.state === "absent") {
    if (withModule.test(key)) return inferred("it comes with a kernel module that is not loaded yet");
    return no(`this kernel has no setting ${key}`, `take ${key} out of os.sysctls in the inventory, or take another kernel`);
  }
  const value = plain(found.value);
  if (value.split(/\s+/).join(" ") === wanted) return seen(`${wanted} already`);
  if (found.state === "writable")
    return written ? seen(`${value}, written back as it was`) : inferred(`${value}, and it may be written`);
  // Without the settings of the network pods reach nobody; the others may stay as they are.
  const keep = key.startsWith("net.") ? "" : ", or write the value it has into os.sysctls";
  return no(
    `${key} must be ${wanted} and cannot be set here`,
    `set it where the machine gets its kernel from, or let /proc/sys be written (in a container it is often read-only)${keep}`,
    value,
  );
}
