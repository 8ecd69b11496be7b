import { Argument, Command, type Option } from "commander";
import type { CliIo } from "./cliIo.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

interface Verb {
  /** Words that lead here, without the program: "" or "node add". */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly help: string }[];
  /** Options that take a value: what follows is a file or free text. */
  readonly takesValue: readonly string[];
}

/** `completion bash|zsh|fish`, for a program whose other commands are already there or still to come. */
export const completionCommand = (io: Pick<CliIo, "stdout">, program: Command): Command =>
  new Command("completion")
    .copyInheritedSettings(program)
    .description("print a script that completes verbs and options: source <(provision completion bash)")
    .addArgument(new Argument("<shell>").choices(shells))
    .action((shell: Shell) => io.stdout(completion(program, shell)));

/** A script that completes subcommands and options, for `source <(provision completion bash)`, generated from the command tree. */
export function completion(program: Command, shell: Shell): string {
  const name = program.name();
  // Names stand unquoted in the scripts; they come from the source, so anything else is a mistake there.
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new Error(`no completion for a program called ${name}`);
  const verbs = walk(program, "");
  return { bash, zsh, fish }[shell](name, verbs);
}

function walk(command: Command, path: string): readonly Verb[] {
  const help = command.createHelp();
  const options: readonly Option[] = help.visibleOptions(command);
  const children = help.visibleCommands(command).filter((child) => child !== command);
  const words = [
    ...children.map((child) => ({ word: child.name(), help: child.description() })),
    ...command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices.map((word) => ({ word, help: "" }))),
    ...options.flatMap((option) => flags(option).map((word) => ({ word, help: option.description }))),
  ];
  const takesValue = options.filter((option) => option.required || option.optional).flatMap(flags);
  const deeper = children
    .filter((child) => child.name() !== "help")
    .map((child) => walk(child, `${path} ${child.name()}`.trim()));
  return [{ path, words, takesValue }, ...deeper.flat()];
}

const flags = (option: Option): readonly string[] => [option.short, option.long].filter((flag) => flag !== undefined);

const single = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const line = (text: string): string => text.replace(/\s+/g, " ");

/** Bash has no help texts beside words. Words that lead to no verb (values, names) are passed over while the verb is looked for. */
function bash(name: string, verbs: readonly Verb[]): string {
  const cases = verbs.map(
    ({ path, words, takesValue }) =>
      `    ${single(path)}) words=${single(words.map(({ word }) => word).join(" "))} valued=${single(` ${takesValue.join(" ")} `)} ;;`,
  );
  return `_${name}() {
  local cur prev path= words= valued= i next
  cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case $next in
      ${
        verbs
          .slice(1)
          .map(({ path }) => single(path))
          .join("|") || "''"
      }) path=$next ;;
    esac
  done
  case $path in
${cases.join("\n")}
  esac
  if [[ $cur != -* && ( $valued == *" $prev "* || -z $words ) ]]; then
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
}
complete -o filenames -o bashdefault -F _${name} ${name}
`;
}

function zsh(name: string, verbs: readonly Verb[]): string {
  const described = (verb: Verb): string =>
    verb.words.map(({ word, help }) => single(`${word.replaceAll(":", "\\:")}:${line(help)}`)).join(" ");
  const cases = verbs.map(
    (verb) => `    ${single(verb.path)}) entries=(${described(verb)}) valued=${single(` ${verb.takesValue.join(" ")} `)} ;;`,
  );
  return `#compdef ${name}
_${name}() {
  local here= next word valued=
  local -a entries
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${here:+$here }$word"
    case $next in
      ${
        verbs
          .slice(1)
          .map(({ path }) => single(path))
          .join("|") || "''"
      }) here=$next ;;
    esac
  done
  case $here in
${cases.join("\n")}
  esac
  if [[ $PREFIX != -* && $valued == *" \${words[CURRENT-1]} "* ]]; then
    _files
  else
    _describe ${single(name)} entries
  fi
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function fish(name: string, verbs: readonly Verb[]): string {
  // Inside single quotes fish reads a backslash before a quote or a backslash.
  const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = verbs.flatMap(({ path, words, takesValue }) => {
    const when = `-n ${quote(`test (__${name}_path) = ${quote(path)}`)}`;
    return words.map(({ word, help }) => {
      const kind = word.startsWith("--") ? "-l" : word.startsWith("-") ? "-s" : "-a";
      const value = takesValue.includes(word) ? " -r -F" : "";
      return `complete -c ${name} ${when} ${kind} ${quote(word.replace(/^-+/, ""))}${value} -d ${quote(line(help))}`;
    });
  });
  const known = verbs.slice(1).map(({ path }) => quote(path));
  return `function __${name}_path
  set -l here ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$here $word")
    if contains -- $next ${known.join(" ")}
      set here $next
    end
  end
  echo "$here"
end
complete -c ${name} -f
${lines.join("\n")}
`;
}
