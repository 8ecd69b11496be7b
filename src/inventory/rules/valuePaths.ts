/** Every dotted path in a chart's values, branches too: "image" and "image.tag". */
export function valuePaths(values: Readonly<Record<string, unknown>>, under = ""): ReadonlySet<string> {
  const paths = Object.entries(values).flatMap(([key, value]) => {
    const path = `${under}${key}`;
    const isBranch = typeof value === "object" && value !== null && !Array.isArray(value);
    return [path, ...(isBranch ? valuePaths(value as Record<string, unknown>, `${path}.`) : [])];
  });
  return new Set(paths);
}
