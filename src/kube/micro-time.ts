/** RFC 3339 with six digits, which is what the server takes for a MicroTime. `time`: milliseconds since 1970. */
export function microTime(time: number): string {
  return new Date(time).toISOString().replace("Z", "000Z");
}
