import type { HostError } from "./host.ts";

/** Everything that may end a piece of work early, as one signal. */
export interface Limit {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** To be called once the work has settled. */
  clear(): void;
}

/** Fires after `milliseconds` with what `onTimeout` makes, or with `outer`'s reason. */
export function limit(milliseconds: number, onTimeout: () => HostError, outer?: AbortSignal): Limit {
  const controller = new AbortController();
  const forward = (): void => controller.abort(outer?.reason);
  const timer = setTimeout(() => controller.abort(onTimeout()), milliseconds);
  if (outer?.aborted === true) forward();
  else outer?.addEventListener("abort", forward, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    clear() {
      clearTimeout(timer);
      outer?.removeEventListener("abort", forward);
    },
  };
}

/** Settles as `work` does, unless `signal` fires first: then `stop` runs to its end and the signal's reason is thrown. */
export async function orAbort<T>(work: Promise<T>, signal: AbortSignal, stop: () => unknown = () => undefined): Promise<T> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      Promise.resolve()
        .then(stop)
        .then(
          () => reject(signal.reason),
          () => reject(signal.reason),
        );
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    // Work that is stopped ends too, one way or another; the signal's reason is still what happened.
    const settled = work.then(
      (value) => (signal.aborted ? aborted : value),
      (error: unknown) => (signal.aborted ? aborted : Promise.reject(error)),
    );
    return await Promise.race([settled, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Settles as `work` does or throws what `onTimeout` makes. */
export async function withDeadline<T>(work: Promise<T>, milliseconds: number, onTimeout: () => HostError): Promise<T> {
  const bound = limit(milliseconds, onTimeout);
  try {
    return await orAbort(work, bound.signal);
  } finally {
    bound.clear();
  }
}
