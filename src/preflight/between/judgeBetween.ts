import type { Result } from "../check.ts";
import type { Heard } from "./heard.ts";
import { judgeLatency } from "./judgeLatency.ts";
import { judgeMtu } from "./judgeMtu.ts";
import { judgeSources } from "./judgeOutside.ts";
import { judgeTcp, judgeUdp } from "./judgePorts.ts";

/** Names and titles of all checks between nodes, in the order in which they are told. */
export const betweenChecks = [
  { name: "between/tcp", title: "TCP between nodes" },
  { name: "between/udp", title: "UDP between nodes" },
  { name: "between/mtu", title: "MTU between nodes" },
  { name: "between/etcd-latency", title: "etcd latency" },
  { name: "between/sources", title: "mirror and registry" },
] as const;

/** What the nodes' network comes to. A check has no result for a node of which it says nothing. */
export const judgeBetween = (heard: Heard): readonly Result[] =>
  [judgeTcp, judgeUdp, judgeMtu, judgeLatency, judgeSources].flatMap((judge) => judge(heard));
