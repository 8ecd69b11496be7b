import { type Rule, warning } from "./rule.ts";

/** A catalog's digests vouch for everything else, so somebody has to vouch for the catalog. */
export const mirrorTrust: Rule = ({ artifacts }, places) => {
  if (artifacts.from !== "mirror" || !artifacts.catalog.startsWith("http://") || artifacts.catalogSha256 !== null) return [];
  const place = places.value(["artifacts", "catalog"], ["artifacts", "url"]);
  const message = `artifacts.catalog: ${artifacts.catalog} comes over plain http, so whoever is on the way can change what is installed`;
  return [
    warning(
      "untrusted-catalog",
      place,
      message,
      "set artifacts.catalogSha256, use https, or keep the catalog beside the inventory",
    ),
  ];
};
