/**
 * Freezes plain JSON data all the way down and returns it. A part that is frozen already is taken to be frozen as a
 * whole, which makes storing a changed copy of a stored object cost only what changed.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) freezeDown(value);
  return value;
}

function freezeDown(value: object): void {
  if (Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const child of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof child === 'object' && child !== null) freezeDown(child);
  }
}
