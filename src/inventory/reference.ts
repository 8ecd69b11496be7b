import { branches, inventoryJsonSchema, type JsonSchema } from "./jsonSchema.ts";

interface Row {
  readonly field: string;
  readonly type: string;
  readonly fallback: string;
  readonly help: string;
}

/** docs/inventory.schema.json. */
export const renderJsonSchema = (): string => `${JSON.stringify(inventoryJsonSchema(), null, 2)}\n`;

/** docs/inventory.md: one table for each top-level field. */
export function renderReference(): string {
  const schema = inventoryJsonSchema();
  const entries = Object.entries(schema.properties ?? {});
  const required = schema.required ?? [];
  const plain = entries.filter(([, one]) => !hasFields(one));
  const sections = entries.filter(([, one]) => hasFields(one));
  return [
    "# The inventory",
    "",
    "<!-- Written by `npm run docs` from src/inventory/schema.ts; edit there. -->",
    "",
    intro,
    "## At the top",
    "",
    ...table(plain.map(([name, one]) => row(name, one, required.includes(name)))),
    "",
    ...sections.flatMap(([name, one]) => [
      `## ${name}`,
      "",
      `${one.description ?? ""}${required.includes(name) ? " Required." : ""}`,
      "",
      ...table(rows(one, name)),
      "",
    ]),
  ].join("\n");
}

const intro = `An inventory is one YAML file that says what a cluster should be; \`inventories/\` has samples. Give it to any verb with \`-i\`: a file, a folder
that holds \`cluster.yaml\`, or the name of a folder under \`./inventories\`. \`provision validate\` checks it without touching a machine, and names
the line and column of everything that is wrong. Unknown fields are errors.

- Groups and shared values: \`defaults\` for all nodes, and plain YAML anchors. Top-level keys that start with \`x-\` are ignored, so anchors can live there.
- Paths start at the inventory's folder; \`~\` is your home directory.
- An inventory holds no secrets: \`sudoPasswordEnv\` names an environment variable.
- Quote what YAML would take for a number: \`version: "1.30"\`, \`labels: {zone: "1"}\`.
- Editors that know JSON schema help while you type with this first line: \`# yaml-language-server: $schema=../../docs/inventory.schema.json\`

Names such as \`nodes[].ssh.port\` below mean the field \`port\` in \`ssh\` of every entry of \`nodes\`.
`;

const hasFields = (schema: JsonSchema): boolean =>
  branches(schema).some((one) => one.properties !== undefined || (one.items !== undefined && hasFields(one.items)));

/** All fields under a schema, depth first. */
function rows(schema: JsonSchema, path: string): readonly Row[] {
  const choices = branches(schema);
  const objects = choices.filter((one) => one.properties !== undefined);
  const fields = objects.flatMap((one) =>
    Object.entries(one.properties ?? {}).flatMap(([name, inner]) => {
      const inside = `${path}.${name.includes(".") ? JSON.stringify(name) : name}`;
      return [row(inside, inner, one.required?.includes(name) ?? false), ...rows(inner, inside)];
    }),
  );
  return [...fields, ...choices.flatMap((one) => (one.items === undefined ? [] : rows(one.items, `${path}[]`)))];
}

function row(field: string, schema: JsonSchema, required: boolean): Row {
  const fallback =
    schema.defaultNote ??
    (schema.default === undefined || isFilled(schema) ? "" : JSON.stringify(schema.default).replaceAll('"', ""));
  return {
    field: code(field),
    type: typeOf(schema),
    fallback: required && fallback === "" ? "required" : fallback,
    help: schema.description ?? "",
  };
}

/** A mapping whose default is its fields' defaults. */
const isFilled = (schema: JsonSchema): boolean => schema.properties !== undefined && JSON.stringify(schema.default) === "{}";

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((one) => code(String(one))).join(", ");
  const choices = branches(schema);
  if (choices.length > 1 || choices[0] !== schema) return [...new Set(choices.map(typeOf))].join(" or ");
  if (typeof schema.type === "object") return schema.type.map((type) => typeOf({ type })).join(" or ");
  switch (schema.type) {
    case "array":
      return `list of ${schema.items === undefined ? "anything" : typeOf(schema.items)}`;
    case "object":
      return schema.properties === undefined && typeof schema.additionalProperties === "object"
        ? `mapping to ${typeOf(schema.additionalProperties)}`
        : "mapping";
    case "integer":
      return "whole number";
    case "boolean":
      return "`true`, `false`";
    case "string":
      return "text";
    default:
      return schema.type ?? "anything";
  }
}

const code = (text: string): string => `\`${text}\``;

function table(all: readonly Row[]): readonly string[] {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  return [
    "| field | type | default | |",
    "|---|---|---|---|",
    ...all.map((one) => `| ${[one.field, one.type, one.fallback, one.help].map(cell).join(" | ")} |`),
  ];
}
