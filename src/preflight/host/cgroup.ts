import type { Fact } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { type Answer, doubtful, type Finding, no, seen, unknown } from "../../kernel/answer.ts";
import { isAtLeast } from "../../model/versions.ts";
import { check } from "../check.ts";
import { valuesOf } from "./replies.ts";

/** kubernetes/system-validators `validators/types_unix.go`, `cgroup_validator_linux.go`; devices and freezer of v2 are part of every kernel that has it. */
const needed = {
  v1: ["cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids"],
  v2: ["cpu", "cpuset", "memory", "pids"],
} as const;
/** Refuses cgroup v1 unless told otherwise: KEP-5573. */
const refusesV1 = "1.35.0";

interface Cgroups {
  readonly version: "v1" | "v2" | null;
  readonly type: string;
  readonly controllers: ReadonlySet<string>;
}

const cgroupFact: Fact<Cgroups> = {
  key: "cgroup",
  script: sh`printf 'type=%s\\n' "$(stat -f -c %T /sys/fs/cgroup)"
if [ -r /sys/fs/cgroup/cgroup.controllers ]; then printf 'v2=%s\\n' "$(cat /sys/fs/cgroup/cgroup.controllers)"; fi
awk '$4 == 1 {print "v1=" $1}' /proc/cgroups`,
  parse: ({ stdout }) => {
    const values = valuesOf(stdout);
    const type = values("type")[0] ?? "";
    const version = type === "cgroup2fs" ? "v2" : type === "tmpfs" ? "v1" : null;
    const controllers = version === "v2" ? (values("v2")[0] ?? "").split(" ") : values("v1");
    return { version, type, controllers: new Set(controllers.filter((name) => name !== "")) };
  },
};

/** The version of control groups the kubelet would meet, and whether its controllers are there. */
export const cgroup = check({
  name: "host/cgroup",
  title: "control groups",
  facts: () => ({ cgroup: cgroupFact }),
  judge: ({ facts: { cgroup }, cluster }): readonly Finding[] => {
    if (cgroup.version === null)
      return [
        {
          what: "version",
          answer: unknown(`/sys/fs/cgroup is ${cgroup.type === "" ? "not to be seen" : `of type ${cgroup.type}`}`),
        },
      ];
    const version =
      cgroup.version === "v2" ? seen("cgroup v2") : judgeV1(cluster.kubernetes.version, cluster.kubelet.failCgroupV1);
    const missing = needed[cgroup.version].filter((name) => !cgroup.controllers.has(name));
    const controllers =
      missing.length === 0
        ? seen(needed[cgroup.version].join(", "))
        : no(
            "control group controllers that the kubelet needs are missing",
            missing.includes("memory")
              ? "switch them on: kernel command line cgroup_enable=memory, or a kernel that has them"
              : "take a kernel that has them, or delegate them to this machine when it is a container",
            missing.join(", "),
          );
    return [
      { what: "version", answer: version },
      { what: "controllers", answer: controllers },
    ];
  },
});

function judgeV1(kubernetes: string, failCgroupV1: boolean): Answer {
  const boot = "boot with systemd.unified_cgroup_hierarchy=1 for cgroup v2";
  if (!isAtLeast(kubernetes, refusesV1))
    return doubtful("cgroup v1: Kubernetes only maintains it, and refuses it from 1.35 on", boot, "cgroup v1");
  if (!failCgroupV1) return seen("cgroup v1, which kubelet.failCgroupV1: false allows");
  return no(
    `kubelet ${kubernetes} refuses cgroup v1`,
    `${boot}, or set kubelet.failCgroupV1: false and kubernetes.ignorePreflightErrors: [SystemVerification]`,
    "cgroup v1",
  );
}
