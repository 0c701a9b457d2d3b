/**
 * Quantities as Kubernetes reads and writes them (`apimachinery/pkg/api/resource`): an exact number of nano-units, and the family
 * of suffixes it was written with, which decides how it is written again.
 */
export interface Quantity {
  /** Billionths, exact. */
  readonly nano: bigint;
  readonly format: 'BinarySI' | 'DecimalSI' | 'DecimalExponent';
}

const QUANTITY_ERROR = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX_ERROR = "unable to parse quantity's suffix";

const NANO = 1_000_000_000n;
const MILLI = 1_000_000n;
const MAX = (2n ** 63n - 1n) * NANO;
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
/** From n (10^-9) to E (10^18). */
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const SYNTAX = /^([+-]?)(\d*)(?:\.(\d*))?(.*)$/s;

/** What was written, before it is counted. */
interface Written {
  readonly sign: string;
  /** Without zeros before it. */
  readonly whole: string;
  readonly fraction: string;
  readonly scale: Scale;
}

interface Scale {
  readonly factor: bigint;
  /** Of ten; of two for BinarySI. */
  readonly exponent: number;
  readonly format: Quantity['format'];
}

/** A string says what is wrong. */
export function parseQuantity(text: string): Quantity | string {
  const written = read(text);
  return typeof written === 'string' ? written : count(written);
}

function read(text: string): Written | string {
  const [, sign = '', whole = '', fraction = '', suffix = ''] = SYNTAX.exec(text) ?? [];
  if (whole === '' && fraction === '') return QUANTITY_ERROR;
  if (!/^[eEinumkKMGTP]*[-+]?\d*$/.test(suffix)) return QUANTITY_ERROR;
  const scale = scaleOf(suffix);
  return scale === undefined ? SUFFIX_ERROR : { sign, whole: whole.replace(/^0+/, ''), fraction, scale };
}

function count({ sign, whole, fraction, scale: { factor, exponent, format } }: Written): Quantity {
  const power = format === 'BinarySI' ? 0 : exponent;
  const numerator = BigInt(`${whole}${fraction}`) * factor * NANO * 10n ** BigInt(Math.max(power, 0));
  const denominator = 10n ** BigInt(fraction.length + Math.max(-power, 0));
  // Fractions of a billionth are rounded up, away from zero, and binary amounts beyond 2^63 are cut: as Kubernetes does.
  const nano = (numerator + denominator - 1n) / denominator;
  const bounded = format === 'BinarySI' && nano > MAX ? MAX : nano;
  return { nano: sign === '-' ? -bounded : bounded, format };
}

function scaleOf(suffix: string): Scale | undefined {
  const binary = BINARY.indexOf(suffix);
  if (binary >= 0) return { factor: 1024n ** BigInt(binary + 1), exponent: (binary + 1) * 10, format: 'BinarySI' };
  const decimal = DECIMAL.indexOf(suffix);
  if (decimal >= 0) return { factor: 1n, exponent: (decimal - 3) * 3, format: 'DecimalSI' };
  const exponent = /^[eE]([+-]?\d{1,4})$/.exec(suffix)?.[1];
  return exponent === undefined ? undefined : { factor: 1n, exponent: Number(exponent), format: 'DecimalExponent' };
}

/** The one way to write it: the largest suffix that leaves no fraction. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const sign = nano < 0n ? '-' : '';
  const size = nano < 0n ? -nano : nano;
  // Binary suffixes start at 1024; less than that, and what is no whole number, is written decimally.
  if (format === 'BinarySI' && size >= 1024n * NANO && size % NANO === 0n) return sign + binary(size / NANO);
  let exponent = -9;
  let value = size;
  while (value % 1000n === 0n && exponent < 18) {
    value /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return `${sign}${value}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${value}${DECIMAL[exponent / 3 + 3]}`;
}

function binary(units: bigint): string {
  let value = units;
  let power = 0;
  while (value % 1024n === 0n && power < BINARY.length) {
    value /= 1024n;
    power++;
  }
  return `${value}${power === 0 ? '' : BINARY[power - 1]}`;
}

/** `1000m` as `1`; what is no quantity stays as it is, for validation or decoding to refuse. */
export function canonicalQuantity(value: unknown): unknown {
  return canonical(value, -9);
}

/** In a list of resources there is nothing less than a thousandth (`SetDefaults_ResourceList`). */
export function canonicalAmount(value: unknown): unknown {
  return canonical(value, -3);
}

function canonical(value: unknown, leastExponent: -9 | -3): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  const text = String(value).trim();
  const written = read(text);
  if (typeof written === 'string') return value;
  if (text === '0' || (staysAsWritten(written) && exponentOf(written) >= leastExponent)) return text;
  const { nano, format } = count(written);
  return formatQuantity({ nano: leastExponent === -9 ? nano : roundUp(nano, MILLI), format });
}

/** Kubernetes does not write anew what looks canonical at first sight, and so keeps `5.` and `+5k`. */
function staysAsWritten(written: Written): boolean {
  const { whole, fraction, scale } = written;
  const digits = `${whole === '' ? '0' : whole}${fraction}`;
  if (scale.format === 'BinarySI') {
    const precision = 15 - digits.length - Math.trunc((scale.exponent * 3) / 10) - 1;
    return fraction === '' && precision >= 0 && BigInt(digits) % 8n !== 0n;
  }
  const exponent = exponentOf(written);
  const isShort = digits.length <= 18 && exponent >= -9;
  return isShort && exponent % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
}

/** Of the last digit. */
function exponentOf({ fraction, scale }: Written): number {
  return scale.format === 'BinarySI' ? 0 : scale.exponent - fraction.length;
}

function roundUp(nano: bigint, unit: bigint): bigint {
  const rest = nano % unit;
  if (rest === 0n) return nano;
  return nano - rest + (nano < 0n ? -unit : unit);
}

/** Of something that decoding has let pass. */
export function quantityOf(value: unknown): Quantity {
  const quantity = parseQuantity(String(value ?? '0'));
  return typeof quantity === 'string' ? { nano: 0n, format: 'DecimalSI' } : quantity;
}
