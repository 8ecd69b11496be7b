import type { RunEvent } from "../run/event.ts";
import { jsonView } from "./jsonView.ts";
import { liveView } from "./liveView.ts";
import { plainView } from "./plainView.ts";
import type { Sample } from "./turns.ts";

/** Shows a run while it goes on. `close` may come before the run has ended, leaves the terminal as it was, and settles when all is written. */
export interface View {
  event(event: RunEvent): void;
  /** Leaves the terminal to somebody else until the next event. */
  suspend(): Promise<void>;
  close(): Promise<void>;
}

export interface ViewOptions {
  readonly json: boolean;
  /** `stdout` is a terminal. */
  readonly tty: boolean;
  /** Only a terminal is ever coloured. */
  readonly color: boolean;
  readonly stdout: NodeJS.WriteStream;
  /** What parts of this cluster's earlier upgrades took. */
  readonly earlier?: readonly Sample[];
}

export function makeView({ json, tty, color, stdout, earlier }: ViewOptions): View {
  if (json) return jsonView(stdout);
  return tty ? liveView(stdout, color, earlier) : plainView(stdout, false);
}

/** Colours are for terminals, unless NO_COLOR (no-color.org) holds anything or the terminal is a dumb one. */
export const wantsColor = (tty: boolean, env: Readonly<Record<string, string | undefined>>): boolean =>
  tty && !env.NO_COLOR && env.TERM !== "dumb";
