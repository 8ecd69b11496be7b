import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { program } from "../../../src/cli/program.ts";
import { fakeIo } from "../cli/fakeIo.ts";
import { read, root, tracked } from "./tracked.ts";

const pages = tracked.filter((name) => name.endsWith(".md"));

/** GitHub's anchor of a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
const anchors = (page: string): readonly string[] =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading ?? ""));

describe("links", () => {
  test.each(pages)("%s: each leads to a file of the project, and to a heading in it", (page) => {
    const broken = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, to]) => to ?? "")
      .filter((to) => !/^[a-z]+:/.test(to))
      .filter((to) => {
        const [path = "", heading] = to.split("#");
        const file = path === "" ? page : join(dirname(page), path);
        if (!existsSync(join(root, file))) return true;
        return heading !== undefined && !anchors(file).includes(heading);
      });
    expect(broken).toEqual([]);
  });

  test("every page of docs/ is reached from the README", () => {
    const linked = read("README.md");
    expect(pages.filter((page) => page.startsWith("docs/") && !linked.includes(`(${page})`))).toEqual([]);
  });
});

/** What a verb's own --help tells of flags and further verbs. */
async function helpOf(
  verb: readonly string[],
): Promise<{ readonly flags: ReadonlySet<string>; readonly verbs: ReadonlySet<string> }> {
  const io = fakeIo("/");
  expect(await program(io, [...verb, "--help"])).toBe(0);
  const text = io.out();
  const verbs = new Set([...text.matchAll(/^ {2}([a-z]+)(?: \[| <| {2})/gm)].map(([, name]) => name ?? ""));
  return { verbs, flags: new Set([...text.matchAll(/(?<=[\s,])(--?[a-zA-Z][a-z-]*)/g)].map(([, flag]) => flag ?? "")) };
}

/** Command lines of this tool in a page: in code blocks at the start of a line, and in inline code. */
function commands(text: string): readonly string[] {
  const blocks = [...text.matchAll(/```[a-z]*\n([\s\S]*?)```/g)].flatMap(([, block]) => (block ?? "").split("\n"));
  const inline = [...text.replaceAll(/```[\s\S]*?```/g, "").matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? "");
  return [...blocks, ...inline].flatMap((line) => {
    const command = /^\s*(?:\$ )?(?:provision|npm run provision --) (.*?)(?:\s+#.*|\s{2,}.*)?$/.exec(line)?.[1];
    return command === undefined || /^[<…]/.test(command) ? [] : [command];
  });
}

describe("commands", () => {
  const lines = pages.flatMap((page) => commands(read(page)).map((line) => [page, line] as const));

  test("the pages show some", () => {
    expect(lines.length).toBeGreaterThan(20);
  });

  test.each([...new Set(lines.map(([page, line]) => `${page}: ${line}`))])("%s", async (shown) => {
    const words = shown.slice(shown.indexOf(": ") + 2).split(/\s+/);
    const all = (await helpOf([])).verbs;
    expect([...all]).toContain(words[0]);
    const sub = (await helpOf([words[0] ?? ""])).verbs;
    const verb = words.slice(0, words[1] !== undefined && sub.has(words[1]) ? 2 : 1);
    const { flags } = await helpOf(verb);
    for (const word of words.filter((one) => one.startsWith("-"))) expect([...flags]).toContain(word.replace(/[=,;.].*$/, ""));
  });
});

test("package scripts that pages name are there", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) => [...read(page).matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name ?? ""));
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
});
