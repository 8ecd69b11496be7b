import type { Fact } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { type Answer, doubtful, type Finding, seen } from "../../kernel/answer.ts";
import { partsOf } from "../../network/parts.ts";
import { type CheckTarget, check } from "../check.ts";
import { wholeOf } from "./replies.ts";
import { activeUnits } from "./units.ts";

interface NetworkConfig {
  /** What NetworkManager is told to leave alone, "interface-name:cali*;…". */
  readonly unmanaged: string;
  /** systemd-networkd's own settings: "ManageForeignRoutes" -> "no". */
  readonly networkd: ReadonlyMap<string, string>;
}

const configFact: Fact<NetworkConfig> = {
  key: "network managers",
  script: sh`for f in /usr/lib/NetworkManager/conf.d/*.conf /run/NetworkManager/conf.d/*.conf /etc/NetworkManager/NetworkManager.conf /etc/NetworkManager/conf.d/*.conf; do
[ -r "$f" ] && sed -n 's/^ *unmanaged-devices *+\\{0,1\\}= */unmanaged=/p' "$f"; done | head -n 50
for f in /etc/systemd/networkd.conf /usr/lib/systemd/networkd.conf.d/*.conf /run/systemd/networkd.conf.d/*.conf /etc/systemd/networkd.conf.d/*.conf; do
[ -r "$f" ] && sed -n 's/^ *\\(ManageForeign[A-Za-z]*\\) *= */networkd=\\1 /p' "$f"; done | head -n 50
echo end=yes`,
  parse: ({ stdout }) => {
    const values = wholeOf("network managers", stdout);
    return {
      unmanaged: values("unmanaged").join(";"),
      networkd: new Map(
        values("networkd").map((line) => {
          const [name = "", value = ""] = line.trim().split(/\s+/);
          return [name, value.toLowerCase()] as const;
        }),
      ),
    };
  },
};

/** Interfaces the cluster's network makes, for NetworkManager's list. */
function interfacesOf({ cluster, features }: Pick<CheckTarget, "cluster" | "features">): readonly string[] {
  const asked = (name: string): boolean => features.some((feature) => feature.includes(name));
  return [
    ...partsOf(cluster).flatMap(({ owns }) => owns.interfaces),
    ...(asked("calico") ? ["cali*", "tunl*", "vxlan.calico", "wireguard.cali"] : []),
    ...(asked("cilium") ? ["cilium*", "lxc*"] : []),
  ];
}

const off = new Set(["no", "false", "off", "0"]);

/** Services that manage the machine's network, and would manage the pods' too. Sources: rke2-docs known issues, Calico's and Cilium's system requirements. */
export const networkManagers = check({
  name: "host/network-manager",
  title: "network manager",
  facts: () => ({ units: activeUnits, config: configFact }),
  judge: ({ facts: { units, config }, cluster, features }): readonly Finding[] => {
    const findings: Finding[] = [];
    const say = (what: string, answer: Answer): number => findings.push({ what, answer });
    const interfaces = interfacesOf({ cluster, features });
    if (units.has("nm-cloud-setup.service") || units.has("nm-cloud-setup.timer"))
      say(
        "nm-cloud-setup",
        doubtful(
          "nm-cloud-setup is active: its rules send the pods' packets astray",
          "systemctl disable --now nm-cloud-setup.service nm-cloud-setup.timer, and restart the machine",
        ),
      );
    const kept = config.unmanaged.split(/[;,]/).flatMap((entry) => /^interface-name:(.+)$/.exec(entry.trim())?.[1] ?? []);
    const covers = (pattern: string, name: string): boolean =>
      pattern === name || (pattern.endsWith("*") && name.startsWith(pattern.slice(0, -1)));
    const managed = interfaces.filter((name) => !kept.some((pattern) => covers(pattern, name)));
    if (units.has("NetworkManager.service") && managed.length > 0)
      say(
        "NetworkManager",
        doubtful(
          "NetworkManager is active and not told to leave the pods' interfaces alone",
          `in /etc/NetworkManager/conf.d/provision.conf: [keyfile] unmanaged-devices=${interfaces.map((name) => `interface-name:${name}`).join(";")}`,
          managed.join(", "),
        ),
      );
    const hostGw = cluster.network.cni.name === "flannel" && cluster.network.cni.backend === "host-gw";
    const foreign = hostGw || features.some((feature) => feature.includes("cilium"));
    if (units.has("systemd-networkd.service") && foreign && !off.has(config.networkd.get("ManageForeignRoutes") ?? ""))
      say(
        "systemd-networkd",
        doubtful(
          hostGw
            ? "systemd-networkd is active and removes routes it did not make, those to the other nodes' pods among them, when it restarts"
            : "systemd-networkd is active and removes routes and rules it did not make, Cilium's among them, when it restarts",
          "in /etc/systemd/networkd.conf: [Network] ManageForeignRoutes=no and ManageForeignRoutingPolicyRules=no",
        ),
      );
    if (findings.length > 0) return findings;
    const active = (["NetworkManager.service", "systemd-networkd.service"] as const).filter((unit) => units.has(unit));
    return [
      { what: "network manager", answer: seen(active.length > 0 ? `${active.join(", ")}, kept off the pods` : "none active") },
    ];
  },
});
