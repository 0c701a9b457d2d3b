import { InvalidArgumentError } from 'commander';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const LONGEST_MS = 24 * 3_600_000;

/** `30s`, `5m`, `1h`, `200ms`; a number alone is of seconds. In milliseconds, for commander. */
export function parseDuration(text: string): number {
  const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS_MS[unit] ?? Number.NaN);
  if (number === '' || ms > LONGEST_MS) {
    throw new InvalidArgumentError('It is a time such as 30s, 5m or 1h, at most a day.');
  }
  return ms;
}
