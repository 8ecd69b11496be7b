import type { Check } from "../check.ts";
import { accessControl } from "./accessControl.ts";
import { cgroup } from "./cgroup.ts";
import { etcdDisk } from "./etcdDisk.ts";
import { firewall, legacyIptables } from "./firewall.ts";
import { leftovers } from "./leftovers.ts";
import { machineChecks } from "./machine.ts";
import { names } from "./names.ts";
import { networkManagers } from "./networkManagers.ts";
import { otherCluster } from "./otherCluster.ts";
import { packageLock } from "./packageLock.ts";
import { ports } from "./ports.ts";
import { proxies } from "./proxies.ts";
import { resolver } from "./resolver.ts";
import { sysctls } from "./sysctls.ts";

/** Everything about a machine but its kernel, in the order of a report's columns. */
export const hostChecks: readonly Check[] = [
  ...machineChecks,
  otherCluster,
  cgroup,
  sysctls,
  ports,
  etcdDisk,
  resolver,
  names,
  firewall,
  legacyIptables,
  leftovers,
  networkManagers,
  accessControl,
  proxies,
  packageLock,
];
