const dim = (text: string): string => `\x1b[2m${text}\x1b[0m`;

/** 75_300 -> "1m15s", 4_210 -> "4.2s". */
export function formatElapsed(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

/** A task's own voice: what it is doing now, shown when it takes long. */
export type Note = (doing: string) => void;

export interface ProgressOptions {
  readonly write: (line: string) => void;
  readonly colour: boolean;
  readonly now: () => number;
  /** A line for each running task after so long a silence. */
  readonly heartbeatMs: number;
}

/** One line when a task starts to be long, one when it ends; the same lines on a terminal and in a pipe, coloured only on the former. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #start: number;

  constructor(options: Partial<ProgressOptions> = {}) {
    const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
    this.#options = { write: (line) => console.log(line), colour, now: () => performance.now(), heartbeatMs: 15_000, ...options };
    this.#start = this.#options.now();
  }

  say(text: string): void {
    const stamp = `[${formatElapsed(this.#options.now() - this.#start).padStart(6)}]`;
    this.#options.write(`${this.#options.colour ? dim(stamp) : stamp} ${text}`);
  }

  /** Runs it; tells its end and, every heartbeat, what it is at. `quiet`: no word when it took under a second. */
  async task<T>(name: string, run: (note: Note) => Promise<T>, quiet = false): Promise<T> {
    const begun = this.#options.now();
    let doing = "";
    const elapsed = () => formatElapsed(this.#options.now() - begun);
    const beat = setInterval(
      () => this.say(`${name} … ${elapsed()}${doing === "" ? "" : `, ${doing}`}`),
      this.#options.heartbeatMs,
    );
    try {
      const result = await run((text) => {
        doing = text;
      });
      if (!quiet || this.#options.now() - begun >= 1000) this.say(`${name}: done in ${elapsed()}`);
      return result;
    } finally {
      clearInterval(beat);
    }
  }
}
