import { type Alias, type Document, isAlias, LineCounter, type Node, parseDocument, visit, type YAMLError } from "yaml";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import { makePlaceFinder, type PlaceFinder } from "./placeFinder.ts";

/** A few thousand nodes fit; more is not an inventory. */
const maxBytes = 2 * 1024 * 1024;
/** How much all aliases together may multiply the document (yaml's measure; its own default is 100). */
const maxAliasCount = 2000;

const tooDeep = "the inventory is nested too deeply to be read";

export interface ParsedYaml {
  readonly data: unknown;
  readonly places: PlaceFinder;
}

/** Text of one YAML document to plain data. Throws ProvisionError with every syntax error, each at its line and column. */
export function parseYaml(bytes: Uint8Array, file: string): ParsedYaml {
  const text = decode(bytes, file);
  const lines = new LineCounter();
  const document = compose(text, lines, file);
  const places = makePlaceFinder(document, file, lines);
  const at = (offset: number): Diagnostic["place"] => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (document.errors.some((error) => error.code === "RESOURCE_EXHAUSTION")) fail("inventory/too-deep", tooDeep, file);
  const problems = [
    // One slip makes a parser stumble often: after the first few errors the rest says nothing new.
    ...[...document.errors, ...document.warnings]
      .slice(0, 10)
      .map((error) => ({ ...describe(error, text), place: at(error.pos[0]) })),
    ...aliasProblems(document, (node) => at(node.range?.[0] ?? 0)),
  ];
  if (problems.length > 0) throw new ProvisionError(problems, 3);
  if (document.contents === null) fail("inventory/empty", "the inventory is empty", file, "`provision init` writes one");
  return { data: toData(document, file), places };
}

function decode(bytes: Uint8Array, file: string): string {
  if (bytes.length > maxBytes) fail("inventory/too-large", `the inventory is larger than ${maxBytes / 1024 / 1024} MiB`, file);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const before = bytes.subarray(0, firstInvalid(bytes)).toString();
    const line = before.split("\n").length;
    throw new ProvisionError(
      [
        {
          severity: "error",
          code: "inventory/not-utf8",
          message: "the inventory is not UTF-8 text",
          place: { file, line, column: before.length - before.lastIndexOf("\n") },
          hint: "save the file as UTF-8",
        },
      ],
      3,
    );
  }
}

/** Offset of the first byte that is not UTF-8: the longest prefix that decodes, by bisection. */
function firstInvalid(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}

function compose(text: string, lines: LineCounter, file: string): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter: lines, merge: true, stringKeys: true, prettyErrors: false, logLevel: "error" });
  } catch {
    // Whatever the parser throws instead of reporting is about nesting: its own errors come as a list.
    return fail("inventory/too-deep", tooDeep, file);
  }
}

function describe(error: YAMLError, text: string): Omit<Diagnostic, "place"> {
  const base = { severity: "error", code: "inventory/yaml" } as const;
  const word = /^[^\s:,{}[\]]*/.exec(text.slice(error.pos[0]))?.[0] ?? "";
  switch (error.code) {
    case "DUPLICATE_KEY":
      return {
        ...base,
        code: "inventory/duplicate-key",
        message: `${JSON.stringify(word)} stands twice in the same mapping`,
        hint: "keep one of them",
      };
    case "NON_STRING_KEY":
      return { ...base, message: "a key must be plain text" };
    case "MULTIPLE_DOCS":
      return {
        ...base,
        message: "a second YAML document starts here",
        hint: "one file holds one cluster; remove what follows ---",
      };
    case "TAB_AS_INDENT":
      return { ...base, message: "a tab indents this line", hint: "YAML wants spaces" };
    default:
      return { ...base, message: `not valid YAML: ${error.message.split("\n", 1)[0]}` };
  }
}

/** Aliases without an anchor, and anchors that contain themselves. */
function aliasProblems(document: Document, placeOf: (node: Node) => Diagnostic["place"]): Diagnostic[] {
  const problems: Diagnostic[] = [];
  const report = (alias: Alias, message: string): void => {
    problems.push({
      severity: "error",
      code: "inventory/alias",
      message,
      place: placeOf(alias),
      hint: `an anchor is written &${alias.source} before it is used`,
    });
  };
  const anchors = new Map<string, Node>();
  visit(document, {
    Node(_key, node, path) {
      if (!isAlias(node)) {
        if ("anchor" in node && typeof node.anchor === "string") anchors.set(node.anchor, node);
        return;
      }
      const target = anchors.get(node.source);
      if (target === undefined) report(node, `there is no anchor "${node.source}"`);
      else if (path.includes(target)) report(node, `the anchor "${node.source}" contains itself`);
    },
  });
  return problems;
}

function toData(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount });
  } catch {
    // Unknown anchors and cycles were refused before; what is left is too much expansion.
    return fail(
      "inventory/alias-expansion",
      "the aliases of the inventory expand to too much data",
      file,
      "write the values out, or nest aliases less",
    );
  }
}

function fail(code: string, message: string, file: string, hint?: string): never {
  throw new ProvisionError(
    [{ severity: "error", code, message, place: { file, line: 1, column: 1 }, ...(hint !== undefined && { hint }) }],
    3,
  );
}
