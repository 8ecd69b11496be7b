import { z } from "zod";

export const images = z.strictObject({
  profile: z
    .enum(["upstream", "hardened"])
    .default("upstream")
    .describe("Whose builds are run: each project's own, or SUSE's rebuilt ones where there are such of that version."),
  strict: z
    .boolean()
    .default(false)
    .describe("With hardened: true refuses upstream's image where a rebuilt one exists, but not of that version."),
});
