import { type Fact, FactError } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import type { BpfProbe } from "../evidence.ts";

/** `deepHelper`: absolute path of a bpftool on the node; null: nothing was brought there. */
export function bpfProbe({ deepHelper }: { readonly deepHelper: string | null }): Fact<BpfProbe> {
  const key = `kernel/bpf ${deepHelper ?? ""}`;
  return {
    key,
    script: sh`:`,
    parse: ({ stdout }) => {
      throw new FactError(key, "not made yet", stdout);
    },
  };
}
