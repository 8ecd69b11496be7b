import { retinaCompatibility, retinaOwnValues } from "../../network/retinaCompatibility.ts";
import { error, type Rule, warning } from "./rule.ts";
import { valuePaths } from "./valuePaths.ts";

/** What goes with which Retina is a table; values that this tool makes are not the inventory's to give. */
export const retina: Rule = (cluster, places) => {
  const { retina } = cluster.observability;
  if (retina === null) return [];
  const under = ["observability", "retina"];
  const found = retinaCompatibility
    .filter(({ applies }) => applies(cluster, retina))
    .map(({ code, severity, field, says, hint }) =>
      (severity === "error" ? error : warning)(
        code,
        // Plug-ins that the values do not name follow from the variant.
        places.value([...under, ...field], ...(field[0] === "values" ? [[...under, "variant"]] : []), under),
        `${[...under, ...field].join(".")}: ${says(cluster, retina)}`,
        hint,
      ),
    );
  const given = valuePaths(retina.values);
  const taken = Object.entries(retinaOwnValues)
    .filter(([path]) => given.has(path))
    .map(([path, instead]) =>
      error(
        "retina-value",
        places.key([...under, "values", ...path.split(".")]),
        `observability.retina.values: ${path} is set by this tool`,
        instead,
      ),
    );
  return [...found, ...taken];
};
