const TIME = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[-+]([01]\d|2[0-4]):([0-5]\d|60))$/;
/** What a schema's `format: date-time` takes: the library that the server asks lets pass what follows a second T. */
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})t([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:[^\n]\d+)?(?:z|[-+]\d{2}:\d{2})(?:t|$)/u;
const MAX_LENGTH = 64;

/** RFC 3339 as Go's `time.Parse` takes it, which reads the metadata of an object; the day must exist. */
export function isTime(text: string): boolean {
  return text.length <= MAX_LENGTH && isDay(TIME.exec(text)?.[1]);
}

/** What the API server takes for a field with `format: date-time` (go-openapi/strfmt); the day must exist. */
export function isDateTime(text: string): boolean {
  return isDay(DATE_TIME.exec(text.toLowerCase())?.[1]);
}

function isDay(day: string | undefined): boolean {
  if (day === undefined) return false;
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
