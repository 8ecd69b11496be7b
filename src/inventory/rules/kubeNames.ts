/** Syntax of label and taint keys and values. Source: k8s.io/apimachinery/pkg/util/validation (IsQualifiedName, IsValidLabelValue). */
const name = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const prefix = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** null when "zone" or "example.com/zone" is fine as a key. */
export function keyProblem(key: string): string | null {
  const parts = key.split("/");
  const [first = "", second] = parts;
  if (parts.length > 2) return "has more than one slash";
  if (second !== undefined && !prefix.test(first)) return "has a prefix that is not a lower-case DNS name";
  return name.test(second ?? first)
    ? null
    : "is not letters, digits, - _ . with a letter or digit at both ends, 63 characters at most";
}

/** null when the value is fine; the empty value is. */
export const valueProblem = (value: string): string | null =>
  value === "" || name.test(value)
    ? null
    : "is not letters, digits, - _ . with a letter or digit at both ends, 63 characters at most";
