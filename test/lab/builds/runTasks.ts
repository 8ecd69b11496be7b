export interface Task {
  readonly id: string;
  /** Ids that must have ended first; unknown ids count as ended. */
  readonly after: readonly string[];
  /** Expected seconds: the longest that may start does. */
  readonly seconds: number;
  readonly run: () => Promise<void>;
}

/** The next to start, or null while all wait for one that runs. */
export function nextTask(waiting: readonly Task[], unfinished: ReadonlySet<string>): Task | null {
  const ready = waiting.filter((task) => task.after.every((id) => !unfinished.has(id)));
  return ready.reduce<Task | null>((best, task) => (best === null || task.seconds > best.seconds ? task : best), null);
}

/** At most `lanes` at once. The first failure lets the running ones end, starts no more, and is thrown. */
export async function runTasks(tasks: readonly Task[], lanes: number): Promise<void> {
  const waiting = [...tasks];
  const unfinished = new Set(tasks.map((task) => task.id));
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | null = null;
  while (running.size > 0 || waiting.length > 0) {
    const task = failure === null && running.size < lanes ? nextTask(waiting, unfinished) : null;
    if (task === null) {
      if (running.size === 0) break;
      await Promise.race(running);
      continue;
    }
    waiting.splice(waiting.indexOf(task), 1);
    const run: Promise<void> = task
      .run()
      .then(() => void unfinished.delete(task.id))
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => running.delete(run));
    running.add(run);
  }
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
  if (waiting.length > 0) throw new Error(`tasks wait for each other: ${waiting.map((task) => task.id).join(", ")}`);
}
