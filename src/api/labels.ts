/** The longest label key (prefix 253, slash, name 63); longer ones are not even matched against an expression. */
const MAX_KEY = 317;
const MAX_VALUE = 63;
const PREFIX = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Whether the API server takes this as the key of a label: `[dns-subdomain/]name`. */
export function isLabelKey(key: string): boolean {
  if (key.length > MAX_KEY) return false;
  const slash = key.indexOf("/");
  const name = key.slice(slash + 1);
  if (name.length > MAX_VALUE || !NAME.test(name)) return false;
  return slash < 0 || (slash <= 253 && PREFIX.test(key.slice(0, slash)));
}

/** Whether the API server takes this as the value of a label; the empty string is one. */
export function isLabelValue(value: string): boolean {
  return value === "" || (value.length <= MAX_VALUE && NAME.test(value));
}
