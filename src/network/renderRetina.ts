import { retinaCompatibility, retinaReleases } from "./retinaCompatibility.ts";
import { withGenerated } from "./withGenerated.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** The tables of docs/retina.md: what does not go together, and what its releases are made of. Markdown, ending in a line break. */
export function renderRetina(): string {
  const rows = retinaCompatibility.map(
    ({ when, severity, code, hint, source }) =>
      `| ${cell(when)} | ${severity === "error" ? "refused" : "warned of"} | \`inventory/${code}\` | ${cell(hint)} | ${source} |`,
  );
  const releases = retinaReleases.map(
    ({ first, last, kubernetes, cilium }) =>
      `| ${first} to ${last} | ${kubernetes} | ${cilium} | https://github.com/microsoft/retina/blob/v${last}/go.mod |`,
  );
  return `| when | is | code | instead | source |
|---|---|---|---|---|
${rows.join("\n")}

| Retina | client library of Kubernetes | Cilium library | source |
|---|---|---|---|
${releases.join("\n")}
`;
}

/** The page with its tables as they are now. Throws Error when the page has no place for them. */
export const withRetina = (page: string): string => withGenerated(page, "docs/retina.md", renderRetina());
