import { createHash } from "node:crypto";
import type { Fact, FactReplies, FactReply } from "../facts/fact.ts";
import { reveal } from "../model/secret.ts";
import type { Action } from "../role/action.ts";

export type FakePath =
  | { readonly kind: "file"; readonly text: string; readonly mode: string; readonly owner: string }
  | { readonly kind: "link"; readonly target: string };

interface FakeUnit {
  active: string;
  enabled: string;
  startedWith: string;
}

/** What a `run` or `job` does to the machine, by its summary; what another action does beyond the machine's own doing, by its kind. */
export type Effects = Readonly<Record<string, (node: FakeNode, action: Action) => void>>;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A machine as data: answers facts in the words a real one uses and takes actions; both fail on what it was not told. */
export class FakeNode {
  readonly paths = new Map<string, FakePath>();
  readonly units = new Map<string, FakeUnit>();
  /** containerd's namespace -> reference -> digest. */
  readonly images = new Map<string, Map<string, string>>();
  readonly store = new Set<string>();
  readonly modules = new Set<string>();
  readonly sysctls = new Map<string, string>();
  /** "<store folder> <into>" of what was copied whole. */
  readonly copies = new Set<string>();
  /** Lines of the fact "host", by name. */
  readonly host: Record<string, string>;
  /** Every action taken, in order. */
  readonly taken: Action[] = [];

  readonly #captured: FactReplies;

  /** `captured`: what a real machine answered to facts that no action of a role changes, by their keys. */
  constructor(host: Readonly<Record<string, string>>, captured: FactReplies = new Map()) {
    this.host = { ...host };
    this.#captured = captured;
  }

  write(path: string, text: string, mode = "644"): void {
    this.paths.set(path, { kind: "file", text, mode, owner: "root:root" });
  }

  replies(facts: readonly Fact<unknown>[]): FactReplies {
    return new Map(facts.map((fact) => [fact.key, this.#answer(fact.key)]));
  }

  take(actions: readonly Action[], effects: Effects): void {
    for (const action of actions) {
      this.taken.push(action);
      this.#take(action, effects);
    }
  }

  #take(action: Action, effects: Effects): void {
    switch (action.kind) {
      case "write":
        this.write(action.path, reveal(action.content), action.mode);
        return;
      case "delete":
        for (const path of this.paths.keys())
          if (path === action.path || path.startsWith(`${action.path}/`)) this.paths.delete(path);
        this.store.delete(action.path);
        return;
      case "link":
        this.paths.set(action.path, { kind: "link", target: action.target });
        return;
      case "store":
        this.store.add(action.folder);
        return;
      case "image":
        this.images.set(action.namespace, (this.images.get(action.namespace) ?? new Map()).set(action.ref, action.digest));
        return;
      case "unit":
        this.#operate(action.unit, action.operation);
        return;
      case "run":
      case "job": {
        const effect = effects[action.summary];
        if (effect === undefined) throw new Error(`the fake node was not told what this does: ${action.summary}`);
        effect(this, action);
        return;
      }
      case "daemon-reload":
      case "wait":
      case "copy":
      case "approve-serving-certificates":
        effects[action.kind]?.(this, action);
        return;
    }
  }

  #operate(name: string, operation: string): void {
    const unit = this.units.get(name) ?? { active: "inactive", enabled: "disabled", startedWith: "" };
    this.units.set(name, unit);
    if (operation === "enable" || operation === "disable") unit.enabled = `${operation}d`;
    else if (operation === "stop") unit.active = "inactive";
    else this.start(name);
  }

  /** Starts a unit: it notes what its drop-in tells it to note. */
  start(name: string): void {
    const unit = this.units.get(name) ?? { active: "inactive", enabled: "disabled", startedWith: "" };
    const note = this.#text(`/etc/systemd/system/${name}.d/90-provision-record.conf`) ?? "";
    const words = (command: string): string[] =>
      [...(new RegExp(`${command} ((?:'[^']*' ?)+)`).exec(note)?.[1] ?? "").matchAll(/'([^']*)'/g)].map(([, word]) => word ?? "");
    const digests = words("sha256sum").map((path) => `${sha256(this.#text(path) ?? "")}  ${path}`);
    const targets = words("readlink").map((path) => {
      const at = this.paths.get(path);
      return at?.kind === "link" ? at.target : "";
    });
    this.units.set(name, { ...unit, active: "active", startedWith: [...digests, ...targets].join("\n") });
  }

  #text(path: string): string | undefined {
    const at = this.paths.get(path);
    return at?.kind === "file" ? at.text : undefined;
  }

  #answer(key: string): FactReply {
    const [kind = "", ...words] = key.split(" ");
    const said = (stdout: string, code = 0): FactReply => ({ code, stdout });
    const lines = (all: readonly string[]): FactReply => said(all.map((line) => `${line}\n`).join(""));
    switch (kind) {
      case "file":
        return said(this.#fileReply(words[1] ?? "", words[0] === "+"));
      case "exists":
        return lines(words.filter((path) => this.paths.has(path)));
      case "unit":
        return said(this.#unitReply(words[0] ?? ""));
      case "images":
        return lines([
          "REF TYPE DIGEST SIZE PLATFORMS LABELS",
          ...[...(this.images.get(words[0] ?? "") ?? [])].map(
            ([ref, digest]) => `${ref} application/vnd.oci.image.index.v1+json ${digest} 1 - -`,
          ),
        ]);
      case "store":
        return lines([...this.store]);
      case "module":
        return said("", this.modules.has(words[0] ?? "") ? 0 : 1);
      case "sysctls":
        return lines(words.flatMap((name) => (this.sysctls.has(name) ? [`${name}=${this.sysctls.get(name)}`] : [])));
      case "copies":
        return this.copies.has(words.join(" ")) ? said("") : said("", 1);
      case "host":
        return lines(Object.entries(this.host).map(([name, value]) => `${name}=${value}`));
      case "names":
        return lines([...words.map((name) => `name=0 ${name}`), "end=yes"]);
      case "listeners": // of whatever ports: nothing listens on a machine that does nothing
        return this.#captured.get([...this.#captured.keys()].find((one) => one.startsWith("listeners ")) ?? "") ?? said("", 1);
      default: {
        const captured = this.#captured.get(key);
        if (captured !== undefined) return captured;
        throw new Error(`the fake node was not told how to answer the fact ${key}`);
      }
    }
  }

  #fileReply(path: string, withContent: boolean): string {
    const at = this.paths.get(path);
    if (at === undefined) return "absent\n";
    if (at.kind === "link") return `link ${at.target}\n`;
    const content = withContent ? Buffer.from(at.text).toString("base64") : "";
    return `file ${at.mode} ${at.owner}\n${sha256(at.text)}  -\n${content}`;
  }

  #unitReply(name: string): string {
    const unit = this.units.get(name);
    const load = unit === undefined && !this.paths.has(`/etc/systemd/system/${name}`) ? "not-found" : "loaded";
    const { active, enabled, startedWith } = unit ?? { active: "inactive", enabled: "", startedWith: "" };
    return `LoadState=${load}\nActiveState=${active}\nUnitFileState=${enabled}\nNeedDaemonReload=no\n\n${startedWith}\n`;
  }
}
