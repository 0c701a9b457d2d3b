/** Go's `time.Duration` in its text form, which is how `metav1.Duration` stands in JSON: `10s`, `1m30s`, `1.5h`, `300ms`. */

const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n, // U+00B5, micro sign
  μs: 1_000n, // U+03BC, Greek letter mu
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const TERM = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
/** Go holds a duration in an int64 of nanoseconds: about 292 years. */
const LARGEST = 2n ** 63n - 1n;

/**
 * Milliseconds, or `undefined` when the text is not a duration. The syntax is Go's `time.ParseDuration`: an optional sign and decimal
 * numbers each with a unit; only `0` stands without one.
 */
export function parseDuration(text: string): number | undefined {
  const negative = text.startsWith('-');
  const digits = negative || text.startsWith('+') ? text.slice(1) : text;
  if (digits === '0') return 0;
  if (digits === '') return undefined;
  let nanoseconds = 0n;
  TERM.lastIndex = 0;
  let at = 0;
  while (at < digits.length) {
    TERM.lastIndex = at;
    const term = TERM.exec(digits);
    const unit = NANOSECONDS[term?.[2] ?? ''];
    if (term === null || unit === undefined) return undefined;
    const [whole = '', fraction = ''] = (term[1] ?? '').split('.');
    nanoseconds += BigInt(whole === '' ? 0 : whole) * unit;
    // What is smaller than a nanosecond is cut off, as in Go.
    if (fraction !== '') nanoseconds += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
    if (nanoseconds > LARGEST) return undefined;
    at = TERM.lastIndex;
  }
  // Divided in two parts: as one number of nanoseconds it would lose its last digits after 104 days.
  const milliseconds = Number(nanoseconds / 1_000_000n) + Number(nanoseconds % 1_000_000n) / 1_000_000;
  return negative && milliseconds !== 0 ? -milliseconds : milliseconds;
}

/** The text that Go would print: `1m30s`, `1.5s`, `300ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  const absolute = Math.abs(milliseconds);
  const whole = Math.trunc(absolute);
  const nanoseconds = BigInt(whole) * 1_000_000n + BigInt(Math.round((absolute - whole) * 1_000_000));
  const sign = milliseconds < 0 && nanoseconds !== 0n ? '-' : '';
  if (nanoseconds === 0n) return '0s';
  if (nanoseconds < 1_000n) return `${sign}${nanoseconds}ns`;
  if (nanoseconds < 1_000_000n) return `${sign}${decimal(nanoseconds, 1_000n)}µs`;
  if (nanoseconds < 1_000_000_000n) return `${sign}${decimal(nanoseconds, 1_000_000n)}ms`;
  const minutes = nanoseconds / 60_000_000_000n;
  const seconds = `${decimal(nanoseconds % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return sign + seconds;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(nanoseconds: bigint, unit: bigint): string {
  const width = unit.toString().length - 1;
  const fraction = (nanoseconds % unit).toString().padStart(width, '0').replace(/0+$/, '');
  return fraction === '' ? `${nanoseconds / unit}` : `${nanoseconds / unit}.${fraction}`;
}
