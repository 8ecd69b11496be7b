import { type ModeRow, modeLives, proxyModes } from "./proxyModes.ts";
import { withGenerated } from "./withGenerated.ts";

const versionsOf = ({ atLeast, below }: ModeRow): string =>
  [...(atLeast === undefined ? [] : [`${atLeast} and newer`]), ...(below === undefined ? [] : [`before ${below}`])].join(", ") ||
  "any";

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** The tables of docs/kube-proxy.md: networks and modes, and modes and Kubernetes. Markdown, ending in a line break. */
export function renderProxyModes(): string {
  const pairs = proxyModes.map((row) => {
    const settings = (row.settings ?? []).map(({ field, is }) => `\`${field}: ${is}\``).join(", ");
    return `| ${row.cni} | ${row.mode} | ${versionsOf(row)} | ${row.state} | ${settings} | ${cell(row.because ?? "")} | ${cell(row.source)} |`;
  });
  const lives = Object.entries(modeLives).map(
    ([mode, { known, first, deprecated, gone, source }]) =>
      `| ${mode} | ${known} | ${first} | ${deprecated ?? ""} | ${gone ?? ""} | ${cell(source)} |`,
  );
  return `| network | mode | version of the network | goes together | must be set | why, or what to know | source |
|---|---|---|---|---|---|---|
${pairs.join("\n")}

| mode | known to Kubernetes from | without a feature gate from | deprecated | planned to go | source |
|---|---|---|---|---|---|
${lives.join("\n")}
`;
}

/** The page with its tables as they are now. Throws Error when the page has no place for them. */
export const withProxyModes = (page: string): string => withGenerated(page, "docs/kube-proxy.md", renderProxyModes());
