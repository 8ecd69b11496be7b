import { type Script, sh } from "../host/sh.ts";

/** Gives a setting that an agent changed while it ran the kernel's own value again, unless the machine's configuration names it. */
export const sysctlBack = (name: string, value: string): Script =>
  sh`grep -Fqs ${name} /etc/sysctl.conf /etc/sysctl.d/*.conf /run/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf || sysctl -qw ${`${name}=${value}`} 2>/dev/null`;
