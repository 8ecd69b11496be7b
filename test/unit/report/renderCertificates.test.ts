import { describe, expect, test } from "vitest";
import { certificateRows, renderCertificates } from "../../../src/report/renderCertificates.ts";

const now = Date.parse("2026-11-21T12:00:00Z") / 1000;
const day = 86_400;
const pki = (name: string): string => `/etc/kubernetes/pki/${name}.crt`;
const rows = certificateRows(
  "cp-1",
  [
    { path: pki("ca"), notAfter: now + 3650 * day, ca: true },
    { path: pki("apiserver"), notAfter: now + 30 * day, ca: false },
    { path: pki("etcd/peer"), notAfter: now + 30 * day + 1, ca: false },
    { path: "/etc/kubernetes/admin.conf", notAfter: now, ca: false },
    { path: "/var/lib/kubelet/pki/kubelet-client-current.pem", notAfter: now - 5 * day, ca: false },
  ],
  now,
  30,
);

test("each has the name people call it by, its days, and who renews it; what ends first comes first", () => {
  expect(rows.map((one) => [one.name, one.daysLeft, one.urgency, one.renewedBy])).toEqual([
    ["kubelet client", -5, "expired", "the kubelet"],
    ["admin.conf", 0, "expired", "certs renew"],
    ["apiserver", 30, "soon", "certs renew"],
    ["etcd/peer", 30, "fine", "certs renew"],
    ["ca", 3650, "fine", "nobody"],
  ]);
  expect(rows[2]?.expires).toBe("2026-12-21T12:00:00Z");
});

const render = (which = rows, color = false): string => renderCertificates(which, { within: 30, color, width: 120 });

describe("the table", () => {
  test("says when each ends, counts what is due, and what to do about it", () => {
    const text = render();
    expect(text).toMatch(/^cp-1 +admin\.conf +leaf +2026-11-21 +expired +certs renew$/m);
    expect(text).toMatch(/^cp-1 +ca +CA +2036-11-18 +3650 +nobody$/m);
    expect(text).toContain("2 certificates have expired, 1 certificate expires within 30 days");
    expect(text).toContain("provision certs renew");
    expect(text).not.toContain("manual-rotation");
  });

  test("where nothing is due it says that, and nothing to do", () => {
    expect(render(rows.slice(3)).trimEnd().split("\n").at(-1)).toBe("2 certificates: none expires within 30 days");
  });

  test("paints by urgency, and the text under it stays the same", () => {
    const painted = render(rows, true);
    expect(painted).toMatch(/\x1b\[31mcp-1 +admin\.conf/);
    expect(painted).toMatch(/\x1b\[33mcp-1 +apiserver/);
    expect(painted.replaceAll(/\x1b\[\d+m/g, "")).toBe(render());
  });
});
