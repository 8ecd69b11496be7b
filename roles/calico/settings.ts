import type { CalicoSpec, FelixTuning } from "../../src/model/cni/calico.ts";
import { isAtLeast } from "../../src/model/versions.ts";

/** Felix speaks to no host outside the cluster, and accepts what pods send to their own node, as Kubernetes expects it. */
const always = { FELIX_USAGEREPORTINGENABLED: "false", FELIX_DEFAULTENDPOINTTOHOSTACTION: "ACCEPT", FELIX_HEALTHENABLED: "true" };

/** Variable of Felix -> field. Source: projectcalico/calico felix/config/config_params.go. */
const tuned: Readonly<Record<string, keyof FelixTuning>> = {
  FELIX_LOGSEVERITYSCREEN: "logSeverity",
  FELIX_IPTABLESREFRESHINTERVAL: "iptablesRefreshInterval",
  FELIX_ROUTEREFRESHINTERVAL: "routeRefreshInterval",
  FELIX_INTERFACEREFRESHINTERVAL: "interfaceRefreshInterval",
  FELIX_IPSETSREFRESHINTERVAL: "ipsetsRefreshInterval",
  FELIX_IPTABLESPOSTWRITECHECKINTERVALSECS: "iptablesPostWriteCheckInterval",
  FELIX_IPTABLESLOCKPROBEINTERVALMILLIS: "iptablesLockProbeIntervalMillis",
  FELIX_MAXIPSETSIZE: "maxIpsetSize",
  FELIX_NETLINKTIMEOUTSECS: "netlinkTimeout",
  FELIX_DATAPLANEWATCHDOGTIMEOUT: "dataplaneWatchdogTimeout",
  FELIX_REPORTINGINTERVALSECS: "reportingInterval",
  FELIX_GOMAXPROCS: "goMaxProcs",
  FELIX_GOGCTHRESHOLD: "goGcThreshold",
  FELIX_IPTABLESMARKMASK: "iptablesMarkMask",
};

/**
 * Felix's settings as variables of its pod. A FelixConfiguration would reach all nodes at the same moment, and Felix restarts itself for most
 * of them: nothing could go node by node, and no node could go back alone. Variables win over a FelixConfiguration.
 */
export function felixEnv({ version, dataplane, iptablesBackend, felix, vxlan }: CalicoSpec): Readonly<Record<string, string>> {
  const set = Object.entries(tuned).flatMap(([name, field]) =>
    felix[field] === undefined ? [] : [[name, String(felix[field])]],
  );
  return {
    ...always,
    ...Object.fromEntries(set),
    FELIX_IPTABLESBACKEND: iptablesBackend,
    FELIX_VXLANVNI: String(vxlan.vni),
    FELIX_VXLANPORT: String(vxlan.port),
    // Tech preview in 3.29 and 3.30; earlier ones have no such setting.
    ...(isAtLeast(version, "3.29.0") ? { FELIX_NFTABLESMODE: dataplane === "nftables" ? "Enabled" : "Disabled" } : {}),
    FELIX_PROMETHEUSMETRICSENABLED: String(felix.metrics !== "off"),
    ...(felix.metrics === "loopback" ? { FELIX_PROMETHEUSMETRICSHOST: "127.0.0.1" } : {}),
    FELIX_PROMETHEUSMETRICSPORT: String(felix.metricsPort),
  };
}
