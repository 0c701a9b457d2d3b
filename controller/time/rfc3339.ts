/** Wall time (a Date, or milliseconds since the epoch) as `metav1.Time` is written: RFC 3339, to the second. */
export function rfc3339(time: Date | number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
