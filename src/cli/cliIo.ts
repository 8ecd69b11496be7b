/** What a verb may use of the process around it. */
export interface CliIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Standard output itself, for views that draw on a terminal. */
  readonly stream: NodeJS.WriteStream;
  /** Somebody can be asked: input and output are a terminal. */
  readonly isTty: boolean;
  readonly color: boolean;
  /** Columns. */
  readonly width: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  /** Asks on the terminal; an empty answer is `fallback` where there is one. When `signal` aborts, the answer is "". */
  readonly ask: (question: string, fallback?: string, signal?: AbortSignal) => Promise<string>;
  /** Calls back at the first interrupt; a second one ends the process. Returns how to stop listening. */
  readonly onInterrupt: (listener: () => void) => () => void;
}
