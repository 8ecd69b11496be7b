import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FactError } from "../../../src/facts/fact.ts";
import { kernelFacts } from "../../../src/kernel/kernelFacts.ts";
import { parseKernelFacts } from "../../../src/kernel/parseKernelFacts.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kernel-facts-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const release = "6.1.0-28-amd64";
const usual: Readonly<Record<string, string | Buffer>> = {
  "proc/filesystems": "nodev\tsysfs\nnodev\tcgroup2\nnodev\tbpf\n\text4\n",
  "proc/mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\nbpf /sys/fs/bpf bpf ro,relatime 0 0\n/dev/sda1 / ext4 rw 0 0\n",
  "proc/sys/net/ipv4/ip_forward": "1\n",
  "etc/os-release": 'NAME="Some Linux"\nID=debian\nVERSION_ID="12"\n',
};

/** What the script learns of a machine that has these files and no others, and these programs besides the shell's own. */
function look(files: Readonly<Record<string, string | Buffer>>, programs: Readonly<Record<string, string>> = {}) {
  const all = { ...usual, ...files };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  mkdirSync(join(root, "bin"));
  const machine = `case $1 in -r) echo ${release};; -m) echo x86_64;; esac`;
  for (const [name, body] of Object.entries({ uname: machine, ...programs })) {
    writeFileSync(join(root, "bin", name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(root, "bin", name), 0o755);
  }
  for (const name of ["cat", "cut", "grep", "gzip", "head", "od", "readlink", "sed", "tr"]) {
    const path = execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    writeFileSync(join(root, "bin", name), `#!/bin/sh\nexec ${path} "$@"\n`);
    chmodSync(join(root, "bin", name), 0o755);
  }
  const elsewhere = kernelFacts.script.text
    .replaceAll(/(?<![\w"$}])\/(usr\/lib|usr\/src|lib\/modules|proc|boot|etc|sys\/kernel|sys\/fs\/ext4)\b/g, `${root}/$1`)
    .replaceAll(/"\/(lib|usr|boot)\//g, `"${root}/$1/`)
    .replaceAll(":/usr/local/sbin:/usr/sbin:/sbin", "");
  const reply = execFileSync("/bin/sh", ["-c", elsewhere], {
    encoding: "utf8",
    env: { PATH: join(root, "bin"), LC_ALL: "C" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  return parseKernelFacts({ code: 0, stdout: reply.replaceAll(root, "") });
}

const modulesDep =
  "kernel/net/netfilter/nf_tables.ko.xz: kernel/net/netfilter/nfnetlink.ko.xz\nkernel/drivers/net/vxlan.ko.zst:\nkernel/net/bridge/br-netfilter.ko.gz:\nkernel/fs/fuse/fuse.ko:\n";

describe("what the script finds", () => {
  test("a compressed configuration, set options only, those asked for only", () => {
    const config =
      "#\n# Automatically generated file\nCONFIG_NF_TABLES=m\nCONFIG_BPF_SYSCALL=y\n# CONFIG_NETKIT is not set\nCONFIG_SOUND=y\n";
    expect(look({ "proc/config.gz": gzipSync(config) }).config).toEqual({
      source: "/proc/config.gz",
      options: new Map([
        ["NF_TABLES", "m"],
        ["BPF_SYSCALL", "y"],
      ]),
    });
  });

  test("a configuration that cannot be unpacked is passed over for the next place", () => {
    const found = look({
      "proc/config.gz": gzipSync("CONFIG_NF_TABLES=y\n").subarray(0, 20),
      [`boot/config-${release}`]: "CONFIG_NF_TABLES=m\n",
    });
    expect(found.config).toEqual({ source: `/boot/config-${release}`, options: new Map([["NF_TABLES", "m"]]) });
  });

  test("sources of another kernel are not taken for this one's", () => {
    const sources = (version: string) =>
      `#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 ${version} Kernel Configuration\n#\nCONFIG_VXLAN=m\n`;
    expect(look({ "usr/src/linux/.config": sources("5.4.1") }).config).toBeNull();
  });

  test("no configuration anywhere", () => {
    expect(look({}).config).toBeNull();
  });

  test("modules: built in, loadable in any packing, loaded; null where there is no list", () => {
    const all = look({
      [`lib/modules/${release}/modules.builtin`]: "kernel/net/ipv4/ipip.ko\nkernel/fs/ext4/ext4.ko\n",
      [`lib/modules/${release}/modules.dep`]: modulesDep,
      "proc/modules": "br_netfilter 32768 0 - Live 0x0\nfuse 1 0 - Live 0x0\n",
    });
    expect([all.builtin, all.loadable, all.loaded]).toEqual([
      new Set(["ipip", "ext4"]),
      new Set(["nf_tables", "vxlan", "br_netfilter"]),
      new Set(["br_netfilter"]),
    ]);
  });

  test("no list of modules at all", () => {
    const none = look({});
    expect([none.builtin, none.loadable, none.loaded]).toEqual([null, null, null]);
  });

  test("the rest of it", () => {
    const found = look({
      "proc/cgroups": "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t90\t1\nnet_cls\t0\t1\t1\n",
      "sys/kernel/btf/vmlinux": Buffer.from([0x9f, 0xeb, 1, 0]),
      "sys/kernel/security/lockdown": "none [integrity] confidentiality\n",
    });
    expect(found).toMatchObject({
      release,
      machine: "x86_64",
      distribution: { id: "debian", version: "12" },
      btf: "readable",
      lockdown: "integrity",
    });
    expect(found.filesystems).toEqual(new Set(["cgroup2", "bpf"]));
    expect(found.mounts).toEqual([
      { at: "/sys/fs/cgroup", type: "cgroup2", writable: true },
      { at: "/sys/fs/bpf", type: "bpf", writable: false },
    ]);
    expect(found.traces).toEqual(
      new Set(["/proc/sys/net/ipv4/ip_forward", "/sys/kernel/btf/vmlinux", "/proc/cgroups", "cgroup memory"]),
    );
    expect(found.sysctls.get("net.ipv4.ip_forward")).toBe("1");
    expect(found.sysctls.get("net.bridge.bridge-nf-call-iptables")).toBeNull();
  });

  test("BTF with something else mounted over it", () => {
    expect(look({ "sys/kernel/btf/vmlinux": "" }).btf).toBe("unreadable");
  });

  test("no BTF", () => {
    expect(look({}).btf).toBe("absent");
  });
});

describe("programs", () => {
  const nft = {
    nft: `touch "$(dirname "$0")/../nft-ran"; echo 'nftables v1.0.6 (Lester Gooch #5)'`,
    "dpkg-query": "echo 1.0.6-2+deb12u2",
  };
  const ran = (): boolean => readdirSync(root).includes("nft-ran");
  const touch = { touch: `: >"$1"`, dirname: `echo "\${1%/*}"` };

  test("nft is asked for its version where that loads nothing", () => {
    expect(look({ "proc/modules": "nfnetlink 20480 0 - Live 0x0\n" }, { ...nft, ...touch }).tools.get("nft")).toBe(
      "nftables v1.0.6 (Lester Gooch #5)",
    );
    expect(ran()).toBe(true);
  });

  test("where it would load nfnetlink the package is asked, and nft is not run", () => {
    expect(look({ "proc/modules": "ext4 1 0 - Live 0x0\n" }, { ...nft, ...touch }).tools.get("nft")).toBe("1.0.6-2+deb12u2");
    expect(ran()).toBe(false);
  });

  test("neither runs nor belongs to a package: there, of no version; not there: null", () => {
    const { tools } = look({ "proc/modules": "" }, { nft: "exit 1" });
    expect([tools.get("nft"), tools.get("iptables")]).toEqual(["", null]);
  });
});

describe("the script", () => {
  test("writes nothing and loads nothing", () => {
    expect(kernelFacts.script.text).not.toMatch(/modprobe|insmod|mount |rm |>[^&<]*\/|sysctl -w/);
  });
});

describe("a reply is not believed beyond its form", () => {
  const good = readFileSync(new URL("fixtures/lab-6.18.txt", import.meta.url), "utf8");
  const refused = (stdout: string): void => expect(() => parseKernelFacts({ code: 0, stdout })).toThrow(FactError);

  test.each([
    "nonsense",
    "CONFIG_lower=y",
    "loaded=../../etc/passwd",
    "mount=/sys/fs/bpf bpf perhaps",
    "btf=maybe",
    "lockdown=\u001b[31m",
    `tool=nft ${"9".repeat(500)}`,
    "constructor=1",
    "__proto__=1",
    "has=everything",
  ])("%j", (line) => refused(good.replace("end=kernel", `${line}\nend=kernel`)));

  test("cut short, empty, or without a release", () => {
    refused(good.slice(0, good.length / 2));
    refused("");
    refused(good.replace(/^release=.*$/m, ""));
  });
});
