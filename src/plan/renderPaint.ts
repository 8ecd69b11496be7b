const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
} as const;

/** Colours, or nothing at all: `paint(false)` returns every text as it came. */
export type Paint = Readonly<Record<keyof typeof codes, (text: string) => string>>;

export const paint = (color: boolean): Paint =>
  Object.fromEntries(
    Object.entries(codes).map(([name, [on, off]]) => [name, (text: string) => (color ? `\x1b[${on}m${text}\x1b[${off}m` : text)]),
  ) as Paint;
