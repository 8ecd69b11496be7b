import { describe, expect, test } from "vitest";
import { doubtful, no, seen, unknown } from "../../../src/kernel/answer.ts";
import { widthOf } from "../../../src/plan/renderText.ts";
import { preflightJson } from "../../../src/report/preflightJson.ts";
import type { PreflightReport } from "../../../src/report/preflightReport.ts";
import { renderPreflight } from "../../../src/report/preflightText.ts";
import { fine, many, mixed, reportOf, three } from "./preflightSamples.ts";

const plain = { color: false, width: 80, details: false };
const text = (report: PreflightReport, options = {}) => renderPreflight(report, { ...plain, ...options });

const problems = `
yes* inferred, not tried (--details says from what)
?    could not be found out

Warnings
  w-2
    512 MB of memory are little  [host/memory]
    try:  give it 2 GB
  w-1
    time: not known: its clock could not be read  [fleet/time]

Blocked
  NODES
    flannel vxlan, vxlan: the kernel has no VXLAN  [kernel/flannel-vxlan]
    seen: ip: Unknown device type.
    try:  take a kernel with CONFIG_VXLAN, or network.cni.backend: host-gw
`;

describe("three nodes", () => {
  test("a row a check, a column a node, then what is not a yes in words", () => {
    expect(text(reportOf(three, mixed))).toBe(`                     cp-1    w-1     w-2
kube-proxy nftables  yes     yes     yes
flannel vxlan        yes*    no      no
etcd's disk          yes     -       -
memory               yes     yes     warn
time                 yes     ?       yes
${problems.replace("NODES", "w-1, w-2")}
Blocked: 2 of 3 machines cannot be nodes of lab; nothing was changed.
`);
  });

  test("that are alike are one column", () => {
    expect(text(reportOf(three, fine))).toBe(`                     all 3 nodes
kube-proxy nftables  yes
flannel vxlan        yes*
memory               yes

yes* inferred, not tried (--details says from what)

ok: 3 machines can be nodes of lab
`);
  });

  test("--details tells what was seen, and what was inferred from what", () => {
    const details = text(reportOf(three, mixed), { details: true });
    expect(details).toContain(`
flannel vxlan  [kernel/flannel-vxlan]
  cp-1
    vxlan: yes*, inferred from: module vxlan can be loaded
  w-1, w-2
    vxlan: no: the kernel has no VXLAN; seen: ip: Unknown device type.
      try: take a kernel with CONFIG_VXLAN, or network.cni.backend: host-gw
etcd's disk  [host/etcd-disk]
  cp-1
    fsync latency: yes, seen: 2 ms
`);
  });

  test("colours on a terminal, none in a pipe", () => {
    expect(text(reportOf(three, mixed))).not.toContain("\x1b");
    expect(text(reportOf(three, mixed), { color: true })).toContain("\x1b[31mno\x1b[39m");
  });
});

describe("three hundred nodes", () => {
  test("fit where three do", () => {
    expect(text(reportOf(many, mixed))).toBe(`                     cp-1    w-1     w-2     w-3 … w-299 (297)
kube-proxy nftables  yes     yes     yes     yes
flannel vxlan        yes*    no      no      no
etcd's disk          yes     -       -       -
memory               yes     yes     warn    yes
time                 yes     ?       yes     yes
${problems.replace("NODES", "w-1 … w-299 (299)")}
Blocked: 299 of 300 machines cannot be nodes of lab; nothing was changed.
`);
  });

  test("each with a story of its own are counted, and told in full only when asked", () => {
    const differing = reportOf(many, {
      "host/memory": {
        title: "memory",
        says: (index) => ({ memory: doubtful(`${index} MB of memory are little`, "give it 2 GB") }),
      },
    });
    const short = text(differing);
    expect(short).toContain(
      "  w-3 … w-299 (297)\n    the same there, with other particulars: --details tells them  [host/memory]\n",
    );
    expect(short.split("\n").length).toBeLessThan(20);
    expect(short).toContain("ok: 300 machines can be nodes of lab; 300 warnings");
    expect(text(differing, { details: true })).toContain("  w-299\n    memory: doubtful: 299 MB of memory are little\n");
  });

  test("scattered ones are what the others leave", () => {
    const scattered = reportOf(many, {
      "host/swap": {
        title: "swap",
        says: (index) => ({ swap: index % 60 === 7 ? no("swap is on", "turn it off") : seen("off") }),
      },
    });
    expect(text(scattered)).toContain(
      "A       B\nswap  yes     no\n\nA:   all others (295)\nB:   w-7, w-67, w-127, w-187, w-247 (5)\n",
    );
  });

  test("of very many kinds stand in several blocks, and what they share is told once", () => {
    const bits = Array.from({ length: 5 }, (_, bit) => [
      `host/bit-${bit}`,
      { title: `bit ${bit}`, says: (index: number) => ({ bit: (index >> bit) & 1 ? unknown("?") : seen("0") }) },
    ]);
    const lines = text(reportOf(many, { ...fine, ...Object.fromEntries(bits) })).split("\n");
    expect(lines.filter((line) => line.startsWith("memory "))).toEqual(["memory               yes"]);
    expect(lines.filter((line) => line.startsWith("bit 0 ")).length).toBeGreaterThan(2);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
  });
});

test("JSON: every node with every check, fields always there", () => {
  const report = JSON.parse(preflightJson({ ...reportOf(["cp-1", "w-1"], mixed), nodes: three }));
  expect(report).toMatchObject({ apiVersion: "provision/v1", kind: "PreflightReport", cluster: "lab", diagnostics: [] });
  expect(report.summary).toEqual({
    ok: false,
    nodes: 3,
    blocked: 1,
    unreachable: 0,
    inventory: 0,
    warnings: 0,
    unknown: 1,
    waived: 0,
  });
  expect(report.nodes.map(({ name, checks }: { name: string; checks: unknown[] }) => [name, checks.length])).toEqual([
    ["cp-1", 5],
    ["w-1", 4],
    ["w-2", 0],
  ]);
  expect(report.nodes[1].checks[1]).toEqual({
    name: "kernel/flannel-vxlan",
    title: "flannel vxlan",
    answer: "no",
    by: null,
    severity: "error",
    needed: true,
    waived: null,
    findings: [
      {
        what: "vxlan",
        answer: "no",
        by: null,
        severity: "error",
        from: null,
        why: "the kernel has no VXLAN",
        seen: "ip: Unknown device type.",
        hint: "take a kernel with CONFIG_VXLAN, or network.cni.backend: host-gw",
      },
    ],
  });
});
