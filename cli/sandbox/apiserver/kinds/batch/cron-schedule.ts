/** Cron's five fields as the library that Kubernetes uses reads them (robfig/cron), down to its words. */

interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly Bounds[] = [
  { minimum: 0, maximum: 59 },
  { minimum: 0, maximum: 23 },
  { minimum: 1, maximum: 31 },
  { minimum: 1, maximum: 12, names: MONTHS },
  { minimum: 0, maximum: 6, names: DAYS },
];
const DESCRIPTORS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** What is wrong with it, if anything. */
export function scheduleProblem(schedule: string): string | undefined {
  const spec = schedule.replace(/^(?:TZ|CRON_TZ)=\S* ?/, '').trim();
  if (spec.startsWith('@')) return descriptorProblem(spec);
  const fields = spec.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== 5) {
    const found = fields.length === 0 ? '[]' : `[${fields.join(' ')}]`;
    return `expected exactly 5 fields, found ${fields.length}: ${found}`;
  }
  for (const [i, bounds] of FIELDS.entries()) {
    const problem = fieldProblem(fields[i] ?? '', bounds);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function descriptorProblem(spec: string): string | undefined {
  if (DESCRIPTORS.includes(spec)) return undefined;
  if (!spec.startsWith('@every ')) return `unrecognized descriptor: ${spec}`;
  return /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(spec.slice(7))
    ? undefined
    : `failed to parse duration ${spec}: time: invalid duration "${spec.slice(7)}"`;
}

function fieldProblem(field: string, bounds: Bounds): string | undefined {
  for (const part of field.split(',')) {
    const problem = rangeProblem(part, bounds);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function rangeProblem(expression: string, bounds: Bounds): string | undefined {
  const [range = '', step, ...more] = expression.split('/');
  const [low = '', high, ...rest] = range.split('-');
  let start = bounds.minimum;
  let end = bounds.maximum;
  if (low !== '*' && low !== '?') {
    const first = numberOf(low, bounds);
    if (typeof first === 'string') return first;
    if (rest.length > 0) return `too many hyphens: ${expression}`;
    const last = high === undefined ? first : numberOf(high, bounds);
    if (typeof last === 'string') return last;
    start = first;
    end = high === undefined && step !== undefined ? bounds.maximum : last;
  }
  if (more.length > 0) return `too many slashes: ${expression}`;
  const by = step === undefined ? 1 : numberOf(step, {});
  if (typeof by === 'string') return by;
  if (start < bounds.minimum) return `beginning of range (${start}) below minimum (${bounds.minimum}): ${expression}`;
  if (end > bounds.maximum) return `end of range (${end}) above maximum (${bounds.maximum}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  return by === 0 ? `step of range should be a positive number: ${expression}` : undefined;
}

function numberOf(text: string, { names }: Partial<Bounds>): number | string {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  if (names !== undefined && index >= 0) return names === MONTHS ? index + 1 : index;
  if (/^[+]?\d+$/.test(text)) return Number(text);
  if (/^-\d+$/.test(text)) return `negative number (${text}) not allowed: ${text}`;
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}
