import { type Fact, FactError } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import type { LinkProbe, LinkType } from "../evidence.ts";

/** Makes a link of each type in a network namespace of its own. */
export function linkProbe(types: readonly LinkType[], mayLoad: boolean): Fact<LinkProbe> {
  const key = `kernel/link ${types.join(",")} ${mayLoad}`;
  return {
    key,
    script: sh`:`,
    parse: ({ stdout }) => {
      throw new FactError(key, "not made yet", stdout);
    },
  };
}
