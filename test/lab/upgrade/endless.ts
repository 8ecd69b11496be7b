import { setTimeout as pause } from "node:timers/promises";

export interface Endless {
  /** Ends when the turn that is under way has. Rejects with what a turn threw. */
  stop(): Promise<void>;
}

/** `turn` again and again, with so long between the end of one and the beginning of the next. */
export function endless(everyMs: number, turn: () => Promise<void>): Endless {
  const stopping = new AbortController();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await turn();
      await pause(everyMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const over = loop();
  over.catch(() => {}); // told by stop()
  return {
    stop: () => {
      stopping.abort();
      return over;
    },
  };
}
