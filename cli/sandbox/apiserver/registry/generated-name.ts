import { randomInt } from 'node:crypto';

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const RANDOM_LENGTH = 5;
const NAME_LENGTH = 63;

/** `generateName` with five random characters, out of which no words come. Kubernetes: `names.SimpleNameGenerator`. */
export function generatedName(prefix: string): string {
  let suffix = '';
  for (let i = 0; i < RANDOM_LENGTH; i += 1) suffix += LETTERS[randomInt(LETTERS.length)];
  return prefix.slice(0, NAME_LENGTH - RANDOM_LENGTH) + suffix;
}
