import { sh } from "../host/sh.ts";
import { type Fact, FactError } from "./fact.ts";

/** What a machine's package manager would do. */
export interface PackagesSeen {
  /** Program that manages packages: "apt-get", "dnf", "zypper"; "" for none that is known. */
  readonly manager: string;
  /** Names of packages with a newer version, as far as the machine's lists know. Filled for apt alone. */
  readonly newer: readonly string[];
  /** An earlier installation broke off half-way. */
  readonly unfinished: boolean;
  /** What was installed asks for a restart: Debian's and Ubuntu's /run/reboot-required. */
  readonly restart: boolean;
  /** Another one after every boot. */
  readonly boot: string;
}

const key = "packages";

/** `apt-get --simulate` needs no lock and changes nothing. Newer versions that need a further package count (a kernel); removals are never made. */
export const packagesFact: Fact<PackagesSeen> = {
  key,
  script: sh`for m in apt-get dnf zypper; do command -v "$m" >/dev/null || continue; echo "manager=$m"; break; done
printf 'boot=%s\\n' "$(cat /proc/sys/kernel/random/boot_id)"
[ ! -e /run/reboot-required ] || echo restart=yes
if [ "\${m:-}" = apt-get ] && command -v apt-get >/dev/null; then
  [ -z "$(dpkg --audit 2>/dev/null)" ] || echo unfinished=yes
  LC_ALL=C apt-get --simulate --with-new-pkgs -o Debug::NoLocking=1 upgrade 2>/dev/null | sed -n 's/^Inst \\([^ ]*\\).*/newer=\\1/p'
fi; true`,
  parse: ({ stdout }) => {
    const values = (name: string): string[] =>
      stdout.split("\n").flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
    const boot = values("boot")[0] ?? "";
    if (!/^[0-9a-f-]{36}$/.test(boot)) throw new FactError(key, "which boot this is is not to be seen", stdout.slice(0, 200));
    return {
      manager: values("manager")[0] ?? "",
      newer: values("newer"),
      unfinished: values("unfinished").length > 0,
      restart: values("restart").length > 0,
      boot,
    };
  },
};
