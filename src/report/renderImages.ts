import type { UsedImage } from "../images/judgeImages.ts";
import type { WantedImage } from "../images/wantedImages.ts";
import { paint } from "../plan/renderPaint.ts";
import { count } from "../plan/renderText.ts";
import { table } from "./table.ts";

interface TextOptions {
  readonly color: boolean;
  readonly width: number;
}

const short = (digest: string | null | undefined): string => digest?.slice("sha256:".length, "sha256:".length + 12) ?? "-";

/** What the inventory asks for, then who builds that and what they say of it. Ends in a line feed. */
export function renderWanted(images: readonly WantedImage[], { color, width }: TextOptions): string {
  const { bold, green, yellow } = paint(color);
  const rows = images.map(({ component, ref, digest, hardened, why }) => [
    component,
    ref,
    short(digest),
    hardened ? "yes" : "no",
    why ?? "",
  ]);
  const builders = new Map(images.map(({ builder, claim, signature }) => [builder, { claim, signature }]));
  const open = images.filter(({ digest }) => digest === null).length;
  const hardened = images.filter((one) => one.hardened).length;
  const summary = `${count(images.length, "image")}, ${hardened} rebuilt by SUSE, ${open === 0 ? "all pinned by digest" : `${open} not pinned: provision images lock`}`;
  return `${[
    ...table(["COMPONENT", "IMAGE", "DIGEST", "HARDENED", "WHY NOT"], rows, width),
    "",
    ...[...builders].flatMap(([builder, { claim, signature }]) => [
      builder,
      ...(claim === null ? [] : [`  claims      ${claim}`]),
      `  signature   ${signature}`,
    ]),
    "Claims and signatures are their builders' words and are not checked here; digests are.",
    "",
    bold(open === 0 ? green(summary) : yellow(summary)),
  ].join("\n")}\n`;
}

/** What runs, then how, one line for all machines where it is the same; then what is not this tool's. Ends in a line feed. */
export function renderUsed(used: readonly UsedImage[], { width }: TextOptions): string {
  const ours = used.filter((one) => one.ours);
  const strangers = used.filter((one) => !one.ours);
  const lines = [
    ...table(["CONTAINER", "RUNS", "BUILT", "NODES", "IMAGE"], grouped(ours, identity), width),
    "",
    ...table(
      ["CONTAINER", "USER", "CAPABILITIES", "ROOT FOLDER", "NETWORK", "SHELL", "PROGRAM", "NODES"],
      grouped(
        ours.filter(({ posture }) => posture !== null),
        measured,
      ),
      width,
    ),
  ];
  if (strangers.length > 0)
    lines.push(
      "",
      "Not of this tool, not judged:",
      ...table(
        ["POD", "CONTAINER", "NODE", "RUNS", "IMAGE"],
        strangers.map((one) => [one.pod, one.container, one.node, short(one.runs[0]), one.asked]),
        width,
      ),
    );
  return `${lines.join("\n")}\n`;
}

const nodesColumn = null;
type Row = readonly (string | typeof nodesColumn)[];

/** Rows that are equal become one, with the number of machines where the row has null. */
function grouped(used: readonly UsedImage[], rowOf: (one: UsedImage) => Row): readonly (readonly string[])[] {
  const nodes = new Map<string, Set<string>>();
  for (const one of used) {
    const key = JSON.stringify(rowOf(one));
    nodes.set(key, (nodes.get(key) ?? new Set<string>()).add(one.node));
  }
  return [...nodes]
    .map(([key, on]) => (JSON.parse(key) as Row).map((cell) => cell ?? String(on.size)))
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
}

function identity(one: UsedImage): Row {
  const { asked, runs, wanted, content } = one;
  const digest = wanted !== null && runs.includes(wanted) ? wanted : runs[0];
  return [nameOf(one), short(digest), content?.created?.slice(0, 10) ?? "-", nodesColumn, asked.replace(/@sha256:.*$/, "")];
}

function measured(one: UsedImage): Row {
  const { posture, privileged } = one;
  if (posture === null) return [];
  const { capabilities } = posture;
  const listed =
    capabilities.length === 0 ? "none" : capabilities.length <= 2 ? capabilities.join(",") : String(capabilities.length);
  return [
    nameOf(one),
    String(posture.uid),
    privileged === true ? `privileged: ${listed}` : listed,
    posture.readOnlyRoot ? "read-only" : "writable",
    posture.hostNetwork ? "the machine's" : "its own",
    posture.shells[0] ?? "none",
    posture.linking,
    nodesColumn,
  ];
}

const nameOf = ({ pod, container, kind }: UsedImage): string =>
  kind === "sandbox" ? "(pause of every pod)" : `${pod.split("/")[0] ?? ""}/${container}${kind === "init" ? " (init)" : ""}`;
