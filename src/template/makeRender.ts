import Handlebars from "handlebars";

/**
 * A renderer over template texts by name ("containerd/config.toml"). Strict: a value that is missing is an Error, not an empty string.
 * No HTML escaping; a value that goes into YAML, TOML or JSON is written {{json value}}, which all three read as one quoted value.
 */
export function makeRender(
  templates: ReadonlyMap<string, string>,
): (name: string, data: Readonly<Record<string, unknown>>) => string {
  const handlebars = Handlebars.create();
  handlebars.registerHelper("json", (value: unknown) => JSON.stringify(value));
  const compiled = new Map<string, Handlebars.TemplateDelegate>();
  return (name, data) => {
    const text = templates.get(name);
    if (text === undefined) throw new Error(`there is no template ${name}`);
    const template =
      compiled.get(name) ?? handlebars.compile(text, { strict: true, noEscape: true, knownHelpers: { json: true } });
    compiled.set(name, template);
    return template(data);
  };
}
