import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { clearOther, copyRules } from "../../../roles/kube-proxy/rules.ts";
import { serves } from "../../../roles/kube-proxy/serves.ts";
import { inventory } from "./sample.ts";

const lab = inventory("lab");

describe("whether a node's kube-proxy serves", () => {
  const good = "health=200\nmode=nftables\nfailures=0\ntable=1\nservices=0\napi=yes\n";
  const told = (stdout: string, when: "started" | "settled" = "settled", mode: "nftables" | "iptables" = "nftables") =>
    serves(lab, mode, when).unmet({ code: 0, stdout, stderr: "" });

  test.each([
    [good, null],
    [good.replace("table=1\nservices=0\n", ""), null],
    [good.replace("mode=nftables", "mode=iptables"), "it runs in mode iptables"],
    [good.replace("mode=nftables", "mode="), "it does not answer on 127.0.0.1:10249"],
    [good.replace("200", "503"), "its health is 503 on port 10256"],
    [good.replace("table=1", "table=0"), "its table ip kube-proxy is not there"],
    [good.replace("services=0", "services=9"), "9 chains KUBE-SVC-* of mode iptables are still there"],
    [good.replace("api=yes\n", ""), "10.96.0.1:443, the API's ClusterIP, does not answer"],
  ])("%j", (stdout, expected) => {
    expect(told(stdout)).toBe(expected);
  });

  test("a failed write counts against one that has just been started, what is left of another mode only later", () => {
    expect(told(good.replace("failures=0", "failures=2"), "started")).toBe("2 writes of its rules failed");
    expect(told(good.replace("failures=0", "failures=2"))).toBeNull();
    expect(told(good.replace("services=0", "services=9"), "started")).toBeNull();
    const iptables = good.replace("nftables", "iptables").replace("services=0", "services=9");
    expect(told(iptables, "settled", "iptables")).toBe("the table ip kube-proxy of mode nftables is still there");
    expect(told(iptables.replace("table=1", "table=0"), "settled", "iptables")).toBeNull();
  });
});

describe("the copy of the rules", () => {
  let folder = "";
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a script where `programs` stand for the node's: their standard input and arguments are kept in the folder. */
  const run = (script: string, programs: Readonly<Record<string, string>>): string => {
    folder = mkdtempSync(join(tmpdir(), "rules-"));
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(folder, name), 0o755);
    }
    execFileSync("sh", ["-c", script.replaceAll("/run/provision", `${folder}/run`)], {
      env: { PATH: `${folder}:${process.env.PATH}`, OUT: join(folder, "out") },
    });
    return readFileSync(join(folder, "out"), "utf8");
  };
  const keep = 'echo "# $0 $*" | sed "s,/.*/,," >>"$OUT"; [ -t 0 ] || cat >>"$OUT"';
  const saved = `*nat
:PREROUTING ACCEPT [1:60]
:KUBE-KUBELET-CANARY - [0:0]
:KUBE-PROXY-CANARY - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-NPX46M4PTMTKRN6Y - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -j MINE
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y
COMMIT`;

  test("of iptables: other names, jumps and rules the same, nobody else's, names no longer than iptables takes", () => {
    const out = run(copyRules("iptables").text, {
      crictl: "exit 0",
      nft: "exit 0",
      "iptables-save": `cat <<'E'\n${saved}\nE`,
      "iptables-restore": keep,
    });
    expect(out).toBe(`# iptables-restore --noflush
*nat
:OLDKUBE-SERVICES - [0:0]
:OLDKUBE-SVC-NPX46M4PTMTKRN6Y - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j OLDKUBE-SERVICES
-A OLDKUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j OLDKUBE-SVC-NPX46M4PTMTKRN6Y
COMMIT
`);
    expect(Math.max(...[...out.matchAll(/^:(\S+)/gm)].map(([, name = ""]) => name.length))).toBeLessThanOrEqual(28);
  });

  test("of nftables: the table under another name, in one transaction", () => {
    const out = run(copyRules("nftables").text, {
      crictl: "exit 0",
      "iptables-save": "exit 0",
      nft: `if [ "$1" = list ] && [ "$2" = table ]; then printf 'table ip kube-proxy {\\n\\tchain services {\\n\\t}\\n}\\n'; elif [ "$1" = list ]; then echo "table ip kube-proxy"; else ${keep}; fi`,
    });
    expect(out).toBe(`# nft -f -
add table ip provision-kube-proxy
delete table ip provision-kube-proxy
table ip provision-kube-proxy {
	chain services {
	}
}
`);
  });

  test("is taken away again, and what kube-proxy left of its own; the kubelet's chains stay", () => {
    const left = `${saved.replaceAll("KUBE-SVC", "OLDKUBE-SVC").replaceAll("KUBE-SERVICES", "OLDKUBE-SERVICES")}
:KUBE-MARK-MASQ - [0:0]
:KUBE-FIREWALL - [0:0]`;
    const out = run(clearOther("nftables").text, {
      crictl: "exit 0",
      nft: "exit 0",
      ip: "exit 0",
      "iptables-save": `[ "$2" = nat ] && cat <<'E'\n${left}\nE`,
      "ip6tables-save": "exit 0",
      "iptables-restore": keep,
    });
    expect(out).toContain(
      '-D PREROUTING -m comment --comment "kubernetes service portals" -j OLDKUBE-SERVICES\n-F OLDKUBE-SERVICES',
    );
    expect(out).toContain("-X OLDKUBE-SERVICES\n-X OLDKUBE-SVC-NPX46M4PTMTKRN6Y\nCOMMIT");
    expect(out).toContain("*nat\n-X KUBE-MARK-MASQ\nCOMMIT");
    expect(out).toContain("-X KUBE-PROXY-CANARY");
    expect(out).not.toMatch(/KUBE-KUBELET-CANARY|KUBE-FIREWALL|MINE/);
  });
});
