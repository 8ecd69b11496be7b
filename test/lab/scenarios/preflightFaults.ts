/** What somebody or something did to a machine, and what preflight must say of it. Scripts run as root on the node. */
export interface Fault {
  readonly what: string;
  readonly node: string;
  readonly breaks: string;
  readonly mends: string;
  /** "node check" to what the answer must say: severity, why, what was seen, what to change. Nothing else may be accused. */
  readonly told: Readonly<Record<string, readonly (string | RegExp)[]>>;
}

/** Faults of one round are on different machines, so that each answer has one cause. */
export interface Round {
  readonly features: readonly string[];
  readonly faults: readonly Fault[];
}

const waitForPort = 'timeout 10 sh -c "until ss -Hltn sport = :10250 | grep -q .; do sleep 0.1; done"';
const legs = (node: string, ...others: readonly string[]): RegExp => new RegExp(`${others.join(" and ")} (send )?to ${node}`);

export const rounds: readonly Round[] = [
  {
    features: [],
    faults: [
      {
        what: "port 10250 is taken",
        node: "cp-1",
        breaks: `systemd-run --quiet --unit holder systemd-socket-activate --accept -l 10250 true; ${waitForPort}`,
        mends: "systemctl stop holder",
        told: {
          "cp-1 host/ports": [
            /^error port 10250\/tcp, for the kubelet, is in use/,
            /systemd-socket- \(process \d+\)/,
            "stop systemd-socket-",
          ],
        },
      },
      {
        // Kubernetes brings its own nft; without the machine's, what it would show is inferred or not known.
        what: "nft is missing",
        node: "w-1",
        breaks: "mv /usr/sbin/nft /usr/sbin/nft.hidden",
        mends: "mv /usr/sbin/nft.hidden /usr/sbin/nft",
        told: { "w-1 host/firewall": [/^unknown /, "there is no nft on the machine", "install nftables"] },
      },
      {
        what: "UDP 8472 is dropped",
        node: "w-2",
        breaks: `nft add table inet broken; nft add chain inet broken input '{ type filter hook input priority 0; }'; nft add rule inet broken input udp dport 8472 drop`,
        mends: "nft delete table inet broken",
        told: {
          "w-2 between/udp": [
            /^error 8472\/udp \(flannel vxlan\) of w-2/,
            "let 8472/udp in from cp-1 and w-1 in the firewall of w-2",
          ],
        },
      },
    ],
  },
  {
    features: [],
    faults: [
      {
        what: "the disk is full",
        node: "cp-1",
        breaks: "mount -t tmpfs -o size=64m tmpfs /var/lib; head -c 80M /dev/zero > /var/lib/full 2>/dev/null; true",
        mends: "umount /var/lib",
        told: {
          "cp-1 host/disk": [/^error 3000 MB must be free under \/var\/lib/, " 0 MB", "free some space"],
          "cp-1 host/etcd-disk": [/^unknown synchronous writes under \/var\/lib could not be measured/],
        },
      },
      {
        what: "one leg's MTU is lower",
        node: "w-1",
        breaks: "ip link set eth0 mtu 1400",
        mends: "ip link set eth0 mtu 1500",
        told: {
          "w-1 between/mtu": [
            /^error packets of 1500 bytes/,
            legs("w-1", "cp-1", "w-2"),
            "w-1 eth0: MTU 1400",
            "give eth0 of w-1 the MTU of the others, 1500",
          ],
        },
      },
      {
        // A container shares its host's swap: what the kernel says of it is all there is to be changed here.
        what: "swap is on",
        node: "w-2",
        breaks: String.raw`printf 'Filename\tType\tSize\tUsed\tPriority\n/dev/sda2 partition 1048572 0 -2\n' > /run/swaps; mount --bind /run/swaps /proc/swaps`,
        mends: "umount /proc/swaps; rm /run/swaps",
        told: { "w-2 host/swap": [/^error swap is on/, "/dev/sda2", "os.swap: disable"] },
      },
    ],
  },
  {
    features: [],
    faults: [
      {
        // A container shares its host's clock, too: it is date(1), which is asked, that goes wrong.
        what: "the clock is ten minutes late",
        node: "cp-1",
        breaks: String.raw`printf '#!/bin/sh\nexec /usr/bin/date -d "10 minutes ago" "$@"\n' > /usr/local/sbin/date; chmod +x /usr/local/sbin/date`,
        mends: "rm /usr/local/sbin/date",
        told: {
          "cp-1 host/clock": [/^error the clock is (59\d|60\d) s behind this machine's/, "synchronise the machine's time"],
          "cp-1 fleet/clock": [/^error the clock is (59\d|60\d) s behind most other nodes'/, "chrony"],
        },
      },
      {
        what: "two machines have one machine-id",
        node: "w-2",
        breaks: "cp /etc/machine-id /etc/machine-id.own; echo 0123456789abcdef0123456789abcdef > /etc/machine-id",
        mends: "mv /etc/machine-id.own /etc/machine-id",
        told: { "w-2 fleet/machine-id": [/^error the machine-id is also that of w-1: /, "systemd-machine-id-setup"] },
      },
      {
        what: "two machines have one machine-id, the other one",
        node: "w-1",
        breaks: "cp /etc/machine-id /etc/machine-id.own; echo 0123456789abcdef0123456789abcdef > /etc/machine-id",
        mends: "mv /etc/machine-id.own /etc/machine-id",
        told: { "w-1 fleet/machine-id": [/^error the machine-id is also that of w-2: /, "systemd-machine-id-setup"] },
      },
    ],
  },
  {
    features: ["calico-ebpf", "cilium", "retina"],
    faults: [
      {
        what: "there are rules of the old iptables",
        node: "cp-1",
        breaks: "iptables-legacy -A INPUT -p tcp --dport 9999 -j DROP",
        mends: "iptables-legacy -F",
        told: {
          "cp-1 host/iptables-legacy": [
            /^warning rules of iptables-legacy stand beside/,
            "ip filter: 1 rules",
            "iptables-legacy-save | iptables-restore",
          ],
        },
      },
      {
        what: "bpffs is absent",
        node: "w-1",
        breaks: "umount /sys/fs/bpf",
        mends: "mount -t bpf bpf /sys/fs/bpf",
        told: {
          "w-1 kernel/calico-ebpf": [
            /^warning the bpf file system is not mounted at \/sys\/fs\/bpf/,
            "mount -t bpf bpf /sys/fs/bpf",
          ],
          "w-1 kernel/cilium": [/^warning the bpf file system is not mounted/, "sys-fs-bpf.mount"],
          "w-1 kernel/retina": [/^error the bpf file system is not mounted/, "sys-fs-bpf.mount"],
        },
      },
      {
        what: "BTF is hidden",
        node: "w-2",
        breaks: "mount -t tmpfs tmpfs /sys/kernel/btf",
        mends: "umount /sys/kernel/btf",
        told: {
          "w-2 kernel/calico-ebpf": [
            /^warning there is no \/sys\/kernel\/btf\/vmlinux, but CONFIG_DEBUG_INFO_BTF=y/,
            "something hides it",
          ],
          "w-2 kernel/cilium": [/^warning there is no \/sys\/kernel\/btf\/vmlinux/, "something hides it"],
          "w-2 kernel/retina": [/^error there is no \/sys\/kernel\/btf\/vmlinux/, "something hides it"],
        },
      },
    ],
  },
];

export const readOnlySysctls: Fault = {
  what: "kernel settings are read-only",
  node: "w-2",
  breaks: "mount --bind /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys",
  mends: "umount /proc/sys",
  told: { "w-2 host/sysctls": [/^error net\.ipv4\.ip_forward must be 1 and cannot be set here/, "let /proc/sys be written"] },
};
