const begin = "<!-- generated: npm run docs -->\n";
const end = "<!-- end of what is generated -->";

/** The page with `text` between its marks. `path`: for messages. Throws Error when the page has no place for it. */
export function withGenerated(page: string, path: string, text: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${path} has lost the marks around its tables`);
  return `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
}
