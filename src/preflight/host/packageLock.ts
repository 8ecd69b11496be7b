import type { Fact } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { doubtful, seen } from "../../kernel/answer.ts";
import { check } from "../check.ts";
import { wholeOf } from "./replies.ts";

const locks = [
  "/var/lib/dpkg/lock-frontend",
  "/var/lib/dpkg/lock",
  "/var/lib/apt/lists/lock",
  "/var/lib/rpm/.rpm.lock",
  "/usr/lib/sysimage/rpm/.rpm.lock",
];

/** Locks of package managers that a process holds, by the kernel's own list: the files themselves are always there. Inodes of two disks may be equal, so the process must have that very file open. */
const packageLockFact: Fact<readonly { readonly path: string; readonly pid: string; readonly process: string }[]> = {
  key: "package locks",
  script: sh`for f in ${locks}; do [ -e "$f" ] || continue
  i=$(stat -c %i "$f")
  for p in $(awk -v i="$i" '$2 != "->" {n = split($6, a, ":"); if (a[n] == i && $5 > 0) print $5}' /proc/locks); do
    [ -n "$(find "/proc/$p/fd" -lname "$f")" ] || continue
    c=; read -r c <"/proc/$p/comm"; echo "lock=$f $p $c"; break; done; done
echo end=yes`,
  parse: ({ stdout }) =>
    wholeOf(
      "package locks",
      stdout,
    )("lock").map((line) => {
      const [path = "", pid = "", ...name] = line.split(" ");
      return { path, pid, process: name.join(" ") };
    }),
};

/** Somebody installs or removes packages at this moment: services may restart, and the kernel or its modules be replaced, under a cluster being set up. */
export const packageLock = check({
  name: "host/package-lock",
  title: "package manager",
  facts: () => ({ locks: packageLockFact }),
  judge: ({ facts: { locks } }) => {
    const what = "package manager";
    const [held] = locks;
    if (held === undefined) return [{ what, answer: seen("no lock is held") }];
    const by = `${held.process === "" ? "a process" : held.process} (process ${held.pid}) holds ${held.path}`;
    const why = "packages are being installed or removed at this moment";
    return [{ what, answer: doubtful(why, "let it end first, unattended upgrades too", by) }];
  },
});
