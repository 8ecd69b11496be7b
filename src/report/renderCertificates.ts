import { paint } from "../plan/renderPaint.ts";
import { count } from "../plan/renderText.ts";
import { table } from "./table.ts";

export interface CertificateRow {
  readonly node: string;
  /** As people call it: "apiserver", "etcd/peer", "admin.conf", "kubelet client". */
  readonly name: string;
  readonly path: string;
  readonly ca: boolean;
  /** ISO 8601 UTC. */
  readonly expires: string;
  /** Whole days from now; negative when it has expired. */
  readonly daysLeft: number;
  readonly urgency: "expired" | "soon" | "fine";
  readonly renewedBy: "certs renew" | "the kubelet" | "nobody";
}

interface Seen {
  readonly path: string;
  /** Seconds since 1970. */
  readonly notAfter: number;
  readonly ca: boolean;
}

const day = 86_400;

/** Certificates of one node, those that end first at the top. `now` in seconds since 1970; what ends within `within` days is "soon". */
export function certificateRows(node: string, seen: readonly Seen[], now: number, within: number): readonly CertificateRow[] {
  return [...seen]
    .sort((a, b) => a.notAfter - b.notAfter || (a.path < b.path ? -1 : 1))
    .map(({ path, notAfter, ca }) => {
      const left = notAfter - now;
      return {
        node,
        name: nameOf(path),
        path,
        ca,
        expires: new Date(notAfter * 1000).toISOString().replace(/\.\d+Z$/, "Z"),
        daysLeft: Math.floor(left / day),
        urgency: left <= 0 ? "expired" : left <= within * day ? "soon" : "fine",
        renewedBy: ca ? "nobody" : path.startsWith("/var/lib/kubelet/") ? "the kubelet" : "certs renew",
      };
    });
}

function nameOf(path: string): string {
  const kubelet = /\/kubelet-(client|server)-current\.pem$/.exec(path)?.[1];
  if (kubelet !== undefined) return kubelet === "client" ? "kubelet client" : "kubelet serving";
  return path.replace(/^\/etc\/kubernetes\/(pki\/)?/, "").replace(/\.crt$/, "");
}

const head = ["NODE", "CERTIFICATE", "KIND", "EXPIRES", "DAYS LEFT", "RENEWED BY"];

/** A line a certificate, then one that counts. Ends in a line feed. */
export function renderCertificates(
  rows: readonly CertificateRow[],
  { within, color, width }: { readonly within: number; readonly color: boolean; readonly width: number },
): string {
  const colors = paint(color);
  const paints = { expired: colors.red, soon: colors.yellow, fine: (text: string): string => text };
  const [top = "", ...lines] = table(head, rows.map(cells), width);
  const expired = rows.filter(({ urgency }) => urgency === "expired").length;
  const soon = rows.filter(({ urgency }) => urgency === "soon").length;
  const summary =
    expired + soon === 0
      ? colors.green(`${count(rows.length, "certificate")}: none expires within ${count(within, "day")}`)
      : colors.red(
          [
            ...(expired === 0 ? [] : [`${count(expired, "certificate has", "certificates have")} expired`]),
            ...(soon === 0
              ? []
              : [`${count(soon, "certificate expires", "certificates expire")} within ${count(within, "day")}`]),
          ].join(", "),
        );
  const painted = lines.map((line, index) => paints[rows[index]?.urgency ?? "fine"](line));
  return `${[top, ...painted, "", colors.bold(summary), ...remedies(rows)].join("\n")}\n`;
}

const cells = ({ node, name, ca, expires, daysLeft, urgency, renewedBy }: CertificateRow): readonly string[] => [
  node,
  name,
  ca ? "CA" : "leaf",
  expires.slice(0, 10),
  urgency === "expired" ? "expired" : String(daysLeft),
  renewedBy,
];

/** What to do about those that are due: one line for each of who renews them. */
function remedies(rows: readonly CertificateRow[]): readonly string[] {
  const due = new Set(rows.filter(({ urgency }) => urgency !== "fine").map(({ renewedBy }) => renewedBy));
  return [
    ...(due.has("certs renew")
      ? ["provision certs renew renews those of control planes; every provision upgrade does, too"]
      : []),
    ...(due.has("the kubelet")
      ? [
          "a kubelet asks for its own in time: provision up approves a serving certificate that waits; journalctl -u kubelet says more",
        ]
      : []),
    ...(due.has("nobody")
      ? ["a CA is not renewed: it is rotated by hand, https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/"]
      : []),
  ];
}
