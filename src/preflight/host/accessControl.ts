import type { Fact } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { type Answer, doubtful, type Finding, seen } from "../../kernel/answer.ts";
import { check } from "../check.ts";
import { wholeOf } from "./replies.ts";

interface AccessControl {
  readonly selinux: "off" | "permissive" | "enforcing";
  /** The policy has the types of containers. */
  readonly containerPolicy: boolean;
  readonly apparmor: boolean;
  readonly apparmorParser: boolean;
}

const accessControlFact: Fact<AccessControl> = {
  key: "access control",
  script: sh`[ -r /sys/fs/selinux/enforce ] && printf 'enforce=%s\\n' "$(cat /sys/fs/selinux/enforce)"
for p in /var/lib/selinux/*/active/modules/*/container; do [ -e "$p" ] && echo policy=yes; done
[ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ] && [ -d /sys/kernel/security/apparmor ] && echo apparmor=yes
command -v apparmor_parser >/dev/null && echo parser=yes
echo end=yes`,
  parse: ({ stdout }) => {
    const values = wholeOf("access control", stdout);
    const [enforce] = values("enforce");
    return {
      selinux: enforce === "1" ? "enforcing" : enforce === "0" ? "permissive" : "off",
      containerPolicy: values("policy").length > 0,
      apparmor: values("apparmor").length > 0,
      apparmorParser: values("parser").length > 0,
    };
  },
};

/** SELinux and AppArmor: whether containers run under them, and whether what that takes is there. */
export const accessControl = check({
  name: "host/access-control",
  title: "SELinux, AppArmor",
  facts: () => ({ access: accessControlFact }),
  judge: ({ facts: { access } }): readonly Finding[] => {
    const selinux: Answer =
      access.selinux === "enforcing" && !access.containerPolicy
        ? doubtful(
            "SELinux is enforcing, and its policy knows no containers: pods are refused files",
            "install the policy: dnf install container-selinux",
          )
        : seen(access.selinux === "enforcing" ? "enforcing, with a policy for containers" : access.selinux);
    // containerd runs without it, and then confines nothing.
    const apparmor: Answer =
      access.apparmor && !access.apparmorParser
        ? doubtful(
            "AppArmor is on, but apparmor_parser is missing: containers run unconfined",
            "install it, on Debian or Ubuntu: apt-get install apparmor",
          )
        : seen(access.apparmor ? "on" : "off");
    return [
      { what: "SELinux", answer: selinux },
      { what: "AppArmor", answer: apparmor },
    ];
  },
});
