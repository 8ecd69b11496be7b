import type { core } from "zod";
import type { Diagnostic } from "../model/diagnostic.ts";
import { nearest } from "../model/nearest.ts";
import { fieldsNamed, inventoryJsonSchema, type JsonSchema, knownFields } from "./jsonSchema.ts";
import type { Path, PlaceFinder } from "./placeFinder.ts";
import { planned } from "./schema.ts";
import { formatPath, quoteValue, typeName, valueAt } from "./showValue.ts";

type Issue = core.$ZodIssue;
type Words = Pick<Diagnostic, "code" | "message"> & { readonly hint?: string };

/** What the schema found, in a user's words, in the order of the file. */
export function explainIssues(issues: readonly Issue[], data: unknown, places: PlaceFinder): Diagnostic[] {
  const flat = issues.flatMap((issue) => flatten(issue, [], data));
  const schema = inventoryJsonSchema();
  const unknown = flat.flatMap((issue) => (issue.code === "unrecognized_keys" ? explainUnknown(issue, schema, places) : []));
  const meant = new Set(unknown.map((one) => one.meant));
  const others = flat.flatMap((issue): Diagnostic[] => {
    if (issue.code === "unrecognized_keys") return [];
    const path = issue.path as Path;
    // A misspelt required field is one mistake, not two.
    if (valueAt(data, path) === undefined && meant.has(formatPath(path))) return [];
    return [
      {
        severity: "error",
        place: issue.code === "invalid_key" ? places.key(path) : places.value(path),
        ...explain(issue, path, data, places),
      },
    ];
  });
  return [...unknown.map((one) => one.diagnostic), ...others].sort(
    (a, b) => (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0),
  );
}

/** A union's issue becomes those of the branch that was meant: the one whose type the value has. */
function flatten(issue: Issue, base: Path, data: unknown): Issue[] {
  const path = [...base, ...(issue.path as Path)];
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const fits = issue.errors.filter((errors) => !errors.some((one) => one.code === "invalid_type" && one.path.length === 0));
    const chosen = fits[0];
    if (chosen !== undefined) return chosen.flatMap((inner) => flatten(inner, path, data));
    const expected = issue.errors.flatMap((errors) =>
      errors.flatMap((one) => (one.code === "invalid_type" ? [one.expected] : [])),
    );
    return [{ ...issue, path, expected: expected.join(" or ") } as unknown as Issue];
  }
  return [{ ...issue, path } as Issue];
}

function explainUnknown(
  issue: Extract<Issue, { code: "unrecognized_keys" }>,
  schema: JsonSchema,
  places: PlaceFinder,
): { diagnostic: Diagnostic; meant: string }[] {
  const path = issue.path as Path;
  const known = knownFields(schema, path);
  return issue.keys.map((key) => {
    const near = nearest(key, known);
    const elsewhere = near === null ? fieldsNamed(schema, key) : [];
    const hint =
      near !== null
        ? `did you mean ${JSON.stringify(near)}?`
        : elsewhere.length > 0
          ? `${JSON.stringify(key)} is a field elsewhere: ${elsewhere.slice(0, 3).join(", ")}`
          : `known here: ${known.join(", ")}`;
    const diagnostic = {
      severity: "error",
      code: "inventory/unknown-field",
      message: `${formatPath([...path, key])}: unknown field`,
      place: places.key([...path, key]),
      hint,
    } as const;
    return { diagnostic, meant: near === null ? "" : formatPath([...path, near]) };
  });
}

function explain(issue: Issue, path: Path, data: unknown, places: PlaceFinder): Words {
  const name = path.length === 0 ? "the inventory" : formatPath(path);
  const value = valueAt(data, path);
  const shown = quoteValue(value, places.source(path));
  if (value === undefined) return { code: "inventory/missing-field", message: `${name} is missing` };
  const wrongValue = (problem: string, hint?: string): Words => ({
    code: "inventory/invalid-value",
    message: `${name}: ${shown} ${problem}`,
    ...(hint !== undefined && { hint }),
  });
  switch (issue.code) {
    case "invalid_type":
      return wrongType(name, issue.expected, value, shown);
    case "invalid_union":
      if ("options" in issue) return notAmong(issue.options as unknown[], path, value, wrongValue);
      return wrongType(name, (issue as unknown as { expected?: string }).expected ?? "something else", value, shown);
    case "invalid_value":
      return notAmong(issue.values, path, value, wrongValue);
    case "too_small":
    case "too_big": {
      if (issue.origin === "array")
        return issue.message.startsWith("is ")
          ? wrongValue(issue.message)
          : wrongValue(`has too ${issue.code === "too_big" ? "many" : "few"} entries`);
      const limit = issue.code === "too_big" ? `more than ${issue.maximum}` : `less than ${issue.minimum}`;
      return wrongValue(`is ${limit}`);
    }
    case "invalid_key":
      return { code: "inventory/invalid-value", message: `${name} ${issue.issues[0]?.message ?? "is not an allowed name"}` };
    default:
      return wrongValue(issue.message);
  }
}

function wrongType(name: string, expectedType: string, value: unknown, shown: string): Words {
  const expected = expectedType.split(" or ").map(typeName).join(" or ");
  const words = { code: "inventory/wrong-type", message: `${name} must be ${expected}, but ${shown} is ${typeName(value)}` };
  if (value === null) {
    const seen = shown === "" ? "nothing" : shown;
    return { ...words, message: `${name} must be ${expected}, but ${seen} stands here`, hint: "give a value or remove the line" };
  }
  if (expected === "text" && typeof value !== "object") {
    const read = String(value) === shown ? "" : `; without quotes YAML reads ${value}`;
    return { ...words, hint: `quote it: "${shown}"${read}` };
  }
  const wanted =
    expectedType === "number" || expectedType === "int" ? /^\d+$/ : expectedType === "boolean" ? /^(true|false)$/ : null;
  return typeof value === "string" && wanted?.test(value) === true ? { ...words, hint: `remove the quotes: ${value}` } : words;
}

function notAmong(
  options: readonly unknown[],
  path: Path,
  value: unknown,
  wrong: (problem: string, hint?: string) => Words,
): Words {
  const list = options.map(String);
  if (typeof value === "string" && planned[formatPath(path)]?.includes(value) === true) {
    return {
      ...wrong("is planned, but this version does not do it yet", `for now: ${list.join(" or ")}`),
      code: "inventory/not-yet",
    };
  }
  const near = typeof value === "string" ? nearest(value, list) : null;
  return wrong(
    list.length === 1 ? `must be ${list[0]}` : `is not one of ${list.join(", ")}`,
    near === null ? undefined : `did you mean ${JSON.stringify(near)}?`,
  );
}
