import { type Fact, FactError } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import type { NftProbe } from "../evidence.ts";

export type NftFamily = "ip" | "ip6" | "inet";

/** Loads each group of expressions in a network namespace of its own and reads it back. */
export function nftProbe(families: readonly NftFamily[], mayLoad: boolean): Fact<NftProbe> {
  const key = `kernel/nft ${families.join(",")} ${mayLoad}`;
  return {
    key,
    script: sh`:`,
    parse: ({ stdout }) => {
      throw new FactError(key, "not made yet", stdout);
    },
  };
}
