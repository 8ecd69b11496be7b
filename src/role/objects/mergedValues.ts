export type ChartValues = Readonly<Record<string, unknown>>;

const isBranch = (value: unknown): value is ChartValues => typeof value === "object" && value !== null && !Array.isArray(value);

/** As Helm merges values: maps key by key, everything else replaced. */
export function mergedValues(under: ChartValues, over: ChartValues): ChartValues {
  const result: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isBranch(below) && isBranch(value) ? mergedValues(below, value) : value;
  }
  return result;
}
