/** Nested settings as dotted names with their values. */
export function flatten(value: unknown, prefix = ''): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[prefix, typeof value === 'string' ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : flatten(inner, prefix === '' ? key : `${prefix}.${key}`)));
}
