import { describe, expect, test } from "vitest";
import { type Broken, told, words } from "./freshNode.ts";

const ours = { claimedBy: "sample" };
const external = "endpoint: {kind: external, host: api.example.org, port: 6443}";

describe("ports", () => {
  const owner = (name: string, inode = "42") => `owner=${inode} 813 ${name}`;
  const taken = (table: string, address: string, port: number, inode = "42") =>
    `listen=${table} ${address} ${port.toString(16).toUpperCase().padStart(4, "0")} ${inode}`;
  const says = (...lines: readonly string[]): Broken => ({ says: { listeners: lines } });

  test("taken by another program: which port, by whom, for what", () => {
    const broken = says(taken("tcp6", "0".repeat(32), 6443), owner("nginx"));
    expect(told(broken)).toEqual(["host/ports error"]);
    expect(words("host/ports", broken)).toMatch(/6443\/tcp, for the API server.*nginx \(process 813\) on ::/);
  });

  test("the API proxy's port can be moved, and the inventory's line is named", () => {
    expect(words("host/ports", says(taken("tcp", "0100007F", 7443), owner("vault")))).toContain("change endpoint.port");
  });

  test("the cluster's own programs are at home on its machines, and nowhere else", () => {
    const lines = [
      taken("tcp6", "0".repeat(32), 6443),
      owner("kube-apiserver"),
      taken("tcp", "0B004D0A", 2379, "43"),
      owner("etcd", "43"),
      taken("tcp", "0100007F", 7443, "44"),
      owner("haproxy", "44"),
      taken("udp", "00000000", 8472, "45"),
    ];
    expect(told({ ...says(...lines), host: ours })).toEqual([]);
    expect(told(says(...lines))).toEqual(["host/ports error", "host/ports error", "host/ports error"]);
  });

  test("another program on a machine of the cluster", () => {
    expect(told({ ...says(taken("tcp", "00000000", 10250), owner("python3")), host: ours })).toEqual(["host/ports error"]);
  });

  test("another address does not disturb who listens on loopback", () => {
    expect(told(says(taken("tcp", "0B004D0A", 7443), owner("nginx")))).toEqual([]);
    expect(told(says(taken("tcp6", "00000000000000000000000001000000", 7443), owner("nginx")))).toEqual([]);
    expect(told(says(taken("tcp6", "0000000000000000FFFF00000100007F", 7443), owner("nginx")))).toEqual(["host/ports error"]);
  });

  test("an owner that cannot be seen: not known in the cluster, in the way outside", () => {
    const broken = says(taken("tcp", "00000000", 10250));
    expect(told({ ...broken, host: ours })).toEqual(["host/ports unknown"]);
    expect(told(broken)).toEqual(["host/ports error"]);
  });

  test("a tunnel's socket is the kernel's and may be shared, a program's may not", () => {
    expect(told(says(taken("udp", "00000000", 8472)))).toEqual([]);
    expect(told({ ...says(taken("udp6", "0".repeat(32), 8472), owner("socat")), host: ours })).toEqual(["host/ports error"]);
  });

  test("a worker needs none of the control plane's", () => {
    expect(told({ ...says(taken("tcp", "00000000", 6443), owner("nginx")), node: "w-1" })).toEqual([]);
  });

  test("names of processes are hostile", () => {
    const text = words("host/ports", says(taken("tcp", "00000000", 6443), owner("a\u001b[2Jb")));
    expect(text).toContain("a?[2Jb");
  });
});

describe("names", () => {
  const resolver = (...lines: readonly string[]): Broken => ({ says: { resolver: ["file=/etc/resolv.conf", ...lines] } });
  test("loops: a stub on loopback, or a server within the services", () => {
    for (const server of ["127.0.0.53", "127.0.0.1", "::1", "10.96.0.10"])
      expect(told(resolver(`nameserver=${server}`))).toEqual(["host/resolv-conf error"]);
    expect(told(resolver("nameserver=192.0.2.53", "nameserver=127.0.0.1"))).toEqual(["host/resolv-conf error"]);
  });
  test("too many servers, none, no file", () => {
    expect(told(resolver(...[1, 2, 3, 4].map((n) => `nameserver=192.0.2.${n}`)))).toEqual(["host/resolv-conf warning"]);
    expect(told(resolver())).toEqual(["host/resolv-conf warning"]);
    expect(told({ says: { resolver: [] } })).toEqual(["host/resolv-conf unknown"]);
    expect(told({ says: { resolver: "" } })).toEqual(["host/resolv-conf unknown"]);
  });
  test("search lists: the cluster's own domain, or too long", () => {
    expect(told(resolver("nameserver=192.0.2.53", "search= svc.cluster.local example.org"))).toEqual([
      "host/resolv-conf warning",
    ]);
    expect(told(resolver("nameserver=192.0.2.53", "search= notcluster.local"))).toEqual([]);
    const long = Array.from({ length: 40 }, (_, i) => `a${i}.example`).join(" ");
    expect(told(resolver("nameserver=192.0.2.53", `search= ${long}`))).toEqual(["host/resolv-conf warning"]);
  });

  const names = (...lines: readonly string[]): Broken => ({ extra: external, says: { "names api.example.org": lines } });
  test("a name of the inventory that does not resolve, or in time", () => {
    expect(told(names("name=0 api.example.org"))).toEqual([]);
    expect(told(names("name=2 api.example.org"))).toEqual(["host/dns error"]);
    expect(words("host/dns", names("name=124 api.example.org"))).toContain("no answer within 4 s");
    expect(told({ ...names("name=2 api.example.org"), host: ours })).toEqual(["host/dns warning"]);
    expect(told(names("name=127 api.example.org"))).toEqual(["host/dns unknown"]);
    expect(told(names())).toEqual(["host/dns unknown"]);
  });
  test("registries of a catalog: none resolves, or only one that this cluster may not need", () => {
    const broken = (...lines: readonly string[]): Broken => ({
      extra: "",
      official: true,
      images: ["registry.example/pause:3", "images.example/flannel:1"],
      says: { "names registry.example images.example": lines },
    });
    expect(told(broken("name=0 registry.example", "name=0 images.example"))).toEqual([]);
    expect(told(broken("name=0 registry.example", "name=2 images.example"))).toEqual(["host/dns warning"]);
    expect(told(broken("name=2 registry.example", "name=124 images.example"))).toEqual(["host/dns error", "host/dns error"]);
    const proxy = { proxies: ["proxy=/etc/systemd/system.conf https_proxy=", "proxy=/etc/systemd/system.conf no_proxy=*"] };
    const dead = broken("name=2 registry.example", "name=2 images.example");
    expect(told({ ...dead, says: { ...dead.says, ...proxy } })).toEqual(["host/dns warning", "host/dns warning"]);
  });
  test("addresses need no DNS", () => {
    expect(words("host/dns")).toBe('"not asked"');
  });
});

describe("firewalls and rules", () => {
  test("firewalld and ufw, with the openings this node needs", () => {
    const firewalld = { says: { "active units": ["active=firewalld.service"] } };
    expect(told(firewalld)).toEqual(["host/firewall warning"]);
    expect(words("host/firewall", firewalld)).toContain("6443/tcp, 2379/tcp, 2380/tcp, 10250/tcp, 8472/udp");
    expect(words("host/firewall", { ...firewalld, node: "w-1" })).not.toContain("6443");
    const ufw = ["drop=input ip filter INPUT", "drop=forward ip filter FORWARD"];
    expect(told({ says: { "active units": ["active=ufw.service"], "nft chains": ufw } })).toEqual(["host/firewall warning"]);
  });
  test("ufw's unit without its rules is not a firewall", () => {
    expect(told({ says: { "active units": ["active=ufw.service"] } })).toEqual([]);
  });
  test("chains that drop, of nftables and of the old iptables", () => {
    expect(told({ says: { "nft chains": ["drop=input inet filter input"] } })).toEqual(["host/firewall warning"]);
    expect(words("host/firewall", { says: { "nft chains": ["drop=forward ip filter FORWARD"] } })).toContain("10.244.0.0/16");
    expect(told({ says: { "legacy iptables": ["legacy=ip filter 0 0 INPUT"] } })).toEqual(["host/firewall warning"]);
  });
  test("rules that cannot be read are not known", () => {
    const unread = (why: string): Broken => ({ says: { "nft chains": [`unread=${why}`] } });
    for (const why of ["silent", "absent"]) expect(told(unread(why))).toEqual(["host/firewall unknown"]);
    expect(words("host/firewall", unread("absent"))).toContain("install nftables");
  });
  test("rules of iptables-legacy beside nftables'; the cluster's own are not foreign", () => {
    const legacy = ["legacy=ip nat 5 3", "legacy=ip filter 0 0"];
    expect(told({ says: { "legacy iptables": legacy } })).toEqual(["host/iptables-legacy warning"]);
    expect(told({ says: { "legacy iptables": ["legacy=ip nat 5 5"] }, host: ours })).toEqual([]);
    expect(told({ says: { "legacy iptables": legacy }, host: ours })).toEqual(["host/iptables-legacy warning"]);
    expect(told({ says: { "legacy iptables": ["legacy=ip nat 0 0"] } })).toEqual([]);
    expect(told({ says: { "legacy iptables": ["legacy=ip nat ? 0"] } })).toEqual(["host/iptables-legacy unknown"]);
  });
});

describe("leftovers", () => {
  const left = (...lines: readonly string[]): Broken => ({ says: { leftovers: lines } });
  test("interfaces: flannel's own names are in the way, others a doubt", () => {
    expect(words("host/leftovers", left("interface=cni0"))).toContain("ip link delete cni0");
    expect(told(left("interface=cni0", "interface=flannel.1"))).toEqual(["host/leftovers error"]);
    expect(told(left("interface=cali*", "interface=vxlan.calico"))).toEqual(["host/leftovers warning"]);
  });
  test("configurations: one before flannel's takes the pods, one after it until flannel is there", () => {
    expect(told(left("cni=10-calico.conflist"))).toEqual(["host/leftovers error"]);
    expect(told(left("cni=87-podman-bridge.conflist"))).toEqual(["host/leftovers warning"]);
  });
  test("on a machine of the cluster its own network's things are its own", () => {
    const own = left("interface=cni0", "interface=flannel.1", "cni=10-flannel.conflist");
    const rules = ["table=ip kube-proxy", "table=ip flannel-ipv4", "mark=ip filter KUBE-"];
    expect(told({ says: { ...own.says, "nft chains": rules }, host: ours })).toEqual([]);
    expect(told({ ...left("interface=cilium_host", "cni=05-cilium.conflist"), host: ours })).toEqual([
      "host/leftovers warning",
      "host/leftovers warning",
    ]);
  });
  test("a network that others bring may be any", () => {
    const calico = { ...left("interface=cali*", "cni=10-calico.conflist"), host: ours };
    expect(told({ ...calico, ownNetwork: true })).toEqual([]);
    expect(told(calico)).toEqual(["host/leftovers warning", "host/leftovers warning"]);
  });
  test("rules of another cluster", () => {
    expect(told({ says: { "nft chains": ["table=ip kube-proxy", "mark=ip nat KUBE-"] } })).toEqual(["host/leftovers warning"]);
    expect(told({ says: { "nft chains": ["table=ip nat", "mark=ip nat DOCKER"] } })).toEqual([]);
  });
});

describe("managers of networks", () => {
  const units = (...names: readonly string[]): readonly string[] => names.map((name) => `active=${name}`);
  test("NetworkManager, unless told to keep off", () => {
    const broken = { says: { "active units": units("NetworkManager.service") } };
    expect(told(broken)).toEqual(["host/network-manager warning"]);
    expect(words("host/network-manager", broken)).toContain(
      "unmanaged-devices=interface-name:flannel.1;interface-name:flannel-v6.1;interface-name:cni0",
    );
    const kept = { ...broken.says, "network managers": ["unmanaged=interface-name:cni*;interface-name:flannel*"] };
    expect(told({ says: kept })).toEqual([]);
  });
  test("nm-cloud-setup, and networkd where it would take routes away", () => {
    expect(told({ says: { "active units": units("nm-cloud-setup.timer") } })).toEqual(["host/network-manager warning"]);
    const networkd = { "active units": units("systemd-networkd.service") };
    expect(told({ says: networkd })).toEqual([]);
    expect(told({ says: networkd, features: ["cilium"] })).toEqual(["host/network-manager warning"]);
    const off = told({ says: { ...networkd, "network managers": ["networkd=ManageForeignRoutes no"] }, features: ["cilium"] });
    expect(off).toEqual([]);
  });
});
