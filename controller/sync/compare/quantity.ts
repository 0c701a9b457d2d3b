/**
 * Whether two values are the same Kubernetes quantity: `1000m` and `1`, `0.5` and `500m`, `1Gi` and `1024Mi`. API servers
 * write quantities in a form of their own choice, so a template and what became of it may differ in letters alone.
 */
export function sameQuantity(a: unknown, b: unknown): boolean {
  const one = parseQuantity(a);
  const other = parseQuantity(b);
  if (one === undefined || other === undefined) return false;
  const exponent = Math.min(one.exponent, other.exponent);
  return scaledTo(exponent, one) === scaledTo(exponent, other);
}

/** `digits × 10^exponent`, exactly. */
interface Quantity {
  readonly digits: bigint;
  readonly exponent: number;
}

const QUANTITY = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d{1,3})|(n|u|m|k|M|G|T|P|E)|([KMGTPE])i)?$/;
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_PREFIXES = 'KMGTPE';

function parseQuantity(value: unknown): Quantity | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const match = QUANTITY.exec(String(value));
  if (match === null) return undefined;
  const [, sign = '', number = '', scientific, decimal = '', binary = ''] = match;
  const [whole = '', fraction = ''] = number.split('.');
  const digits = BigInt(`${whole}${fraction}`) * 1024n ** BigInt(BINARY_PREFIXES.indexOf(binary || ' ') + 1);
  const exponent = scientific === undefined ? (DECIMAL_EXPONENTS[decimal] ?? 0) : Number(scientific.slice(1));
  return { digits: sign === '-' ? -digits : digits, exponent: exponent - fraction.length };
}

function scaledTo(exponent: number, quantity: Quantity): bigint {
  return quantity.digits * 10n ** BigInt(quantity.exponent - exponent);
}
