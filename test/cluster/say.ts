/** Where progress goes: one call a line, without a line feed. */
export type Say = (line: string) => void;

/** `0.4 s`, `12 s`, `1 min 20 s`. */
export function spell(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
