import { jsonText } from "../plan/renderText.ts";
import type { View } from "./view.ts";

/** One event, one line of JSON. */
export const jsonView = (stdout: { write(text: string): unknown }): View => ({
  event: (event) => {
    stdout.write(`${jsonText(event)}\n`);
  },
  suspend: async () => {},
  close: async () => {},
});
