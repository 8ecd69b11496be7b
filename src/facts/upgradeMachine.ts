import { X509Certificate } from "node:crypto";
import { sh } from "../host/sh.ts";
import { type Fact, FactError } from "./fact.ts";

export interface CertificateSeen {
  readonly path: string;
  /** Seconds since 1970. */
  readonly notAfter: number;
  readonly ca: boolean;
}

/** Certificates that Kubernetes lives by on a machine; of kubeconfigs and the kubelet's own file the certificate alone, never the key. */
export const certificatesFact: Fact<readonly CertificateSeen[]> = {
  key: "certificates",
  script: sh`for f in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt /var/lib/kubelet/pki/kubelet-client-current.pem /var/lib/kubelet/pki/kubelet-server-current.pem; do
  [ -r "$f" ] || continue; printf 'file=%s\\n' "$f"; sed -n '/-----BEGIN CERTIFICATE-----/,/-----END CERTIFICATE-----/p' "$f"; done
for f in /etc/kubernetes/admin.conf /etc/kubernetes/super-admin.conf /etc/kubernetes/controller-manager.conf /etc/kubernetes/scheduler.conf; do
  [ -r "$f" ] || continue; printf 'file=%s\\n' "$f"; sed -n 's/^ *client-certificate-data: *//p' "$f" | base64 -d; done; true`,
  parse: ({ stdout }) =>
    stdout.split(/^file=/m).flatMap((part) => {
      const path = part.split("\n", 1)[0] ?? "";
      const blocks = part.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
      return blocks.map((pem): CertificateSeen => {
        try {
          const certificate = new X509Certificate(pem);
          return { path, notAfter: Date.parse(certificate.validTo) / 1000, ca: certificate.ca };
        } catch {
          throw new FactError("certificates", `the certificate in ${path} is not understood`, pem.slice(0, 100));
        }
      });
    }),
};

export interface RoomSeen {
  /** As asked for; it need not be there yet. */
  readonly path: string;
  readonly freeMb: number;
  /** Equal for folders of one file system. */
  readonly fileSystem: string;
}

/** Free room where `paths` are, or would be. */
export const roomFact = (paths: readonly string[]): Fact<readonly RoomSeen[]> => ({
  key: `room ${paths.join(" ")}`,
  script: sh`for p in ${paths}; do d=$p; while [ ! -e "$d" ]; do d=\${d%/*}; d=\${d:-/}; done
  printf '%s\\t%s\\t%s\\n' "$p" "$(df -Pm "$d" | awk 'NR==2 {print $4}')" "$(stat -c %d "$d")"; done`,
  parse: ({ stdout }) =>
    stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [path = "", free = "", fileSystem = ""] = line.split("\t");
        if (!/^\d+$/.test(free)) throw new FactError("room", `the free room under ${path} is not to be seen`, line.slice(0, 200));
        return { path, freeMb: Number(free), fileSystem };
      }),
});

export interface KubeletOptionsSeen {
  /** Names of the options the kubelet was started with, without dashes and values; none when no kubelet runs. */
  readonly started: ReadonlySet<string>;
  /** Those of kubeadm's own file, which kubeadm changes itself. */
  readonly kubeadm: ReadonlySet<string>;
}

const optionsIn = (words: readonly string[]): ReadonlySet<string> =>
  new Set(words.flatMap((word) => /^--?([A-Za-z][\w-]*)(?:=|$)/.exec(word)?.[1] ?? []));

export const kubeletOptionsFact: Fact<KubeletOptionsSeen> = {
  key: "kubelet options",
  script: sh`p=$(systemctl show -p MainPID --value kubelet); [ "\${p:-0}" -gt 0 ] && tr '\\0' '\\n' <"/proc/$p/cmdline"
echo KUBELET_KUBEADM_ARGS; sed -n 's/^KUBELET_KUBEADM_ARGS=//p' /var/lib/kubelet/kubeadm-flags.env 2>/dev/null | tr -d '"' | tr ' ' '\\n'; true`,
  parse: ({ stdout }) => {
    const [started = "", kubeadm = ""] = stdout.split(/^KUBELET_KUBEADM_ARGS$/m);
    return { started: optionsIn(started.split("\n")), kubeadm: optionsIn(kubeadm.split("\n")) };
  },
};

/** What an earlier run began on the machine and did not end: units that run on without it, and the mark of a kubeadm upgrade. */
export const underWayFact: Fact<readonly string[]> = {
  key: "under way",
  script: sh`systemctl list-units --plain --no-legend 'provision-*.service' | awk '$1 != "provision-api-proxy.service" && $4 ~ /^(running|start|stop)/ {print $1}'
[ ! -e /etc/kubernetes/provision/upgrading ] || echo kubeadm`,
  parse: ({ stdout }) => stdout.split("\n").filter((line) => line !== ""),
};
