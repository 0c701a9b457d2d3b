/**
 * Quantities as Kubernetes reads and writes them (`apimachinery/pkg/api/resource`): an exact number of nano-units, and the family
 * of suffixes it was written with, which decides how it is written again.
 */
export interface Quantity {
  /** Billionths, exact. */
  readonly nano: bigint;
  readonly format: 'BinarySI' | 'DecimalSI' | 'DecimalExponent';
}

export const QUANTITY_ERROR =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
export const NUMERIC_ERROR = 'unable to parse numeric part of quantity';
export const SUFFIX_ERROR = "unable to parse quantity's suffix";

const NANO = 1_000_000_000n;
const MAX = (2n ** 63n - 1n) * NANO;
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
/** From n (10^-9) to E (10^18). */
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const SYNTAX = /^([+-]?)(\d*)(?:\.(\d*))?(.*)$/s;

/** A string says what is wrong. */
export function parseQuantity(text: string): Quantity | string {
  if (text === '') return QUANTITY_ERROR;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = SYNTAX.exec(text) ?? [];
  if (whole === '' && fraction === '') return QUANTITY_ERROR;
  if (!/^[eEinumkKMGTP]*[-+]?\d*$/.test(suffix)) return QUANTITY_ERROR;
  const scale = scaleOf(suffix);
  if (scale === undefined) return SUFFIX_ERROR;
  const digits = BigInt(`${whole}${fraction}`);
  const numerator = digits * scale.factor * NANO * 10n ** BigInt(Math.max(scale.exponent, 0));
  const denominator = 10n ** BigInt(fraction.length + Math.max(-scale.exponent, 0));
  // Fractions of a billionth are rounded up, away from zero, and what is beyond 2^63 is cut: as Kubernetes does.
  const nano = (numerator + denominator - 1n) / denominator;
  const bounded = nano > MAX ? MAX : nano;
  return { nano: sign === '-' ? -bounded : bounded, format: scale.format };
}

function scaleOf(suffix: string): { factor: bigint; exponent: number; format: Quantity['format'] } | undefined {
  const binary = BINARY.indexOf(suffix);
  if (binary >= 0) return { factor: 1024n ** BigInt(binary + 1), exponent: 0, format: 'BinarySI' };
  const decimal = DECIMAL.indexOf(suffix);
  if (decimal >= 0) return { factor: 1n, exponent: (decimal - 3) * 3, format: 'DecimalSI' };
  const exponent = /^[eE]([+-]?\d{1,4})$/.exec(suffix)?.[1];
  if (exponent === undefined) return undefined;
  return { factor: 1n, exponent: Number(exponent), format: 'DecimalExponent' };
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
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  const quantity = parseQuantity(String(value).trim());
  return typeof quantity === 'string' ? value : formatQuantity(quantity);
}

/** Of something that decoding has let pass. */
export function quantityOf(value: unknown): Quantity {
  const quantity = parseQuantity(String(value ?? '0'));
  return typeof quantity === 'string' ? { nano: 0n, format: 'DecimalSI' } : quantity;
}
