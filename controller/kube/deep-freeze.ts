/**
 * Freezes plain JSON data all the way down and returns it. A part that is frozen already is taken to be frozen as a
 * whole, which makes storing a changed copy of a stored object cost only what changed.
 */
export function deepFreeze<T>(value: T): T {
  if (isOpen(value)) freezeDown(value);
  return value;
}

/** Runs for every part of every object that comes in: for-in makes no arrays, where Object.values takes half as long again. */
function freezeDown(value: object): void {
  Object.freeze(value);
  if (Array.isArray(value)) {
    for (const child of value) {
      if (isOpen(child)) freezeDown(child);
    }
    return;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name in fields) {
    const child = fields[name];
    if (isOpen(child)) freezeDown(child);
  }
}

function isOpen(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Object.isFrozen(value);
}
