import { type Script, sh } from "../host/sh.ts";

/** Prints the interfaces of the network namespace it runs in. /sys/class/net is not asked: in a container it may show the host's. */
export const interfaceNames: Script = sh`awk -F: 'NR > 2 {gsub(/ /, "", $1); print $1}' /proc/net/dev`;
