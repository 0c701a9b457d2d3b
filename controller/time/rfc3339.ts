/** Wall time in milliseconds since the epoch as `metav1.Time` is written: RFC 3339, to the second. */
export function rfc3339(now: number): string {
  return new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
}
