import { usageError } from '../exit.ts';

/** W1's two come first, so that its samples go where they say. */
const NAMES = ['earth', 'vulcan', 'mars', 'venus', 'romulus', 'kronos', 'bajor', 'andoria', 'betazed', 'ferenginar'];
const AT_MOST = 1000;

export const HOST = 'host';
export const DEFAULT_MEMBERS = 'earth,vulcan';

/** `3` or `earth,vulcan,mars`. */
export function memberNames(wish: string): string[] {
  if (/^\d+$/.test(wish)) {
    const count = Number(wish);
    if (count < 1 || count > AT_MOST) throw usageError(`--members ${wish}: it is a number from 1 to ${AT_MOST}`);
    return Array.from({ length: count }, (_, index) => NAMES[index] ?? `member-${index + 1}`);
  }
  const names = wish
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) throw usageError('--members: there are none', 'give a number, or names: earth,vulcan');
  for (const [index, name] of names.entries()) {
    if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
      throw usageError(`--members: "${name}" cannot name a cluster`, 'use lower-case letters, digits and dashes');
    }
    if (name === HOST) throw usageError(`--members: ${HOST} is what the cluster of the control plane is called`);
    if (names.indexOf(name) !== index) throw usageError(`--members: ${name} is named twice`);
  }
  return names;
}
