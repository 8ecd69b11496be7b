import { modulesOf } from "./options.ts";
import type { Feature, Need, Requirement } from "./requirement.ts";
import { features } from "./requirements.ts";

const intro = `What \`provision preflight\` asks of a node's kernel, for each feature. It asks for those that the inventory needs; others can be asked for by
name: \`provision preflight --feature cilium-netkit\`.

How a question is answered, the first that tells anything:

1. Tried by doing, in a network namespace of its own: rules of nftables, interfaces. *Yes (seen)* or *no*. What would load a module is not tried.
2. A module that is loaded, built in, or there to be loaded (\`modules.builtin\`, \`modules.dep\`); then the kernel's configuration: \`/proc/config.gz\`,
   \`/boot/config-$(uname -r)\` and further places. *Yes (inferred)*, with what from; or *no*, when an option is not set or a module is not installed.
3. Where nothing could be read: *unknown*, which is never shown as yes.

A kernel's number decides where nothing else does. Red Hat and its rebuilds bring newer parts into old kernels, so there a number that is too low means
*unknown*, unless a source names the release that has the back-port, or the program itself compares numbers.

"error": the feature does not work without it. "warning": it works, less well or not in every case. Options are written without \`CONFIG_\`.
`;

/** docs/kernel.md: one table for each feature. */
export const renderRequirements = (): string =>
  [
    "# What features need from a kernel",
    "",
    "<!-- Written by `npm run docs` from src/kernel/requirements*.ts; edit there. -->",
    "",
    intro,
    ...features.flatMap(section),
  ].join("\n");

const section = (feature: Feature): readonly string[] => [
  `## ${feature.name}`,
  "",
  `${feature.summary}${feature.instead === undefined ? "" : ` Without it: ${feature.instead}.`}`,
  "",
  "| what | needs | kind | why | source |",
  "|---|---|---|---|---|",
  ...feature.requirements.map(
    (row) => `| ${[row.what, needs(row), row.severity, why(row), link(row.source)].map(cell).join(" | ")} |`,
  ),
  "",
];

const cell = (text: string): string => text.replaceAll("|", "\\|");
const link = (source: string): string => (/^https:\S+$/.test(source) ? `<${source}>` : source);
const why = ({ because, hint }: Requirement): string => [because, hint].filter((text) => text !== undefined).join("; ");

function needs(row: Requirement): string {
  const { component, atLeast, below } = row.when ?? {};
  const range = [atLeast === undefined ? "" : `from ${atLeast} on`, below === undefined ? "" : `below ${below}`].filter(
    (text) => text !== "",
  );
  const only = [
    ...(component === undefined ? [] : [`${component} ${range.join(", ")}`]),
    ...(row.family === undefined ? [] : ["IPv6"]),
  ];
  return `${describe(row.need)}${only.length === 0 ? "" : ` (${only.join("; ")})`}`;
}

/** One need in words. */
export function describe(need: Need): string {
  if ("all" in need) return need.all.map(describe).join(" and ");
  if ("any" in need) return need.any.map((one) => ("all" in one ? `(${describe(one)})` : describe(one))).join(" or ");
  if ("tried" in need) return `${describe(need.tried)}; not tried: ${describe(need.otherwise)}`;
  if ("option" in need) return [`\`${need.option}\``, ...modulesOf(need.option).map((name) => `(${name})`)].join(" ");
  if ("kernel" in need) {
    const redhat = need.redhat === undefined ? "" : `, or Red Hat's ${need.redhat}`;
    return `kernel ${need.kernel}${redhat}${need.byNumber ? ", by its number" : ""}`;
  }
  if ("kernelBelow" in need) return `a kernel below ${need.kernelBelow}`;
  if ("nft" in need) return `rules of nftables with ${need.nft}`;
  if ("link" in need) return `an interface of type ${need.link}`;
  if ("sysctl" in need) return `sysctl \`${need.sysctl}\`${need.oneOf === undefined ? "" : ` ${need.oneOf.join(" or ")}`}`;
  if ("tool" in need)
    return `${need.orAbsent ? "no " : ""}${need.tool}${need.atLeast === undefined ? "" : `${need.orAbsent ? ", or" : ""} ${need.atLeast}`}`;
  if ("mount" in need) return `${need.type} at ${need.mount}`;
  if ("bpffs" in need) return "bpf at /sys/fs/bpf, writable";
  if ("filesystem" in need) return `file system ${need.filesystem}`;
  if ("btf" in need) return "/sys/kernel/btf/vmlinux";
  if ("lockdownNot" in need) return `lockdown not ${need.lockdownNot.join(" or ")}`;
  if ("machine" in need) return need.machine.join(" or ");
  return "program" in need ? `BPF programs of type ${need.program}` : `BPF maps of type ${need.map}`;
}
