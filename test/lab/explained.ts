import type { Ignored } from "./snapshot.ts";

/** What a cluster that came and went leaves on a machine by way of systemd itself. */
export const EXPLAINED: readonly Ignored[] = [
  {
    thing: /^cgroup .*\/system\.slice$/,
    why: "systemd makes its slice in a further cgroup v1 controller when a unit first needs it there, and keeps it until the next boot",
  },
  {
    thing: /^unit network-online\.target$/,
    why: "says that the network is up, which was so before and is so now; the kubelet's unit was the first to ask",
  },
];
