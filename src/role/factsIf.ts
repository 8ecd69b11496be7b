import type { FactSpec } from "../facts/fact.ts";

/** Facts that only a cluster with a certain part is asked for; checks of others must end before they would read them. */
export const factsIf = <K extends FactSpec>(used: boolean, facts: K): K => (used ? facts : ({} as K));
