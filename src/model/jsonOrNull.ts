/** What a machine printed as JSON, not yet checked for its shape; null when it is no JSON. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
