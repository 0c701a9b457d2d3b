/** Bytes that are no protobuf message. */
export class WireProblem extends Error {
  override readonly name = 'WireProblem';
}

/** One field as it stands on the wire: a number for varints and fixed widths, else bytes. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Buffer;
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  readonly wireType: number;
}

/** The fields of a message in the order in which they were written. @throws {WireProblem} */
export function* wireFields(bytes: Buffer): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined) throw new WireProblem('unexpected EOF');
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new WireProblem('proto: integer overflow');
  };
  const take = (length: number): Buffer => {
    if (length < 0 || at + length > bytes.length) throw new WireProblem('unexpected EOF');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (number === 0) throw new WireProblem(`proto: illegal tag ${number} (wire type ${tag})`);
    if (wireType === 0) yield { number, wireType, value: varint() };
    else if (wireType === 1) yield { number, wireType, value: take(8).readBigUInt64LE() };
    else if (wireType === 2) yield { number, wireType, value: take(Number(varint())) };
    else if (wireType === 5) yield { number, wireType, value: BigInt(take(4).readUInt32LE()) };
    else throw new WireProblem(`proto: illegal wireType ${wireType}`);
  }
}
