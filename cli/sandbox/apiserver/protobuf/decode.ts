import { protobufMessages } from './messages.ts';
import { type WireField, WireProblem, wireFields } from './wire.ts';

/** The first bytes of every object in Kubernetes' protobuf; then comes a `runtime.Unknown`. */
const MAGIC = Buffer.from('k8s\0');
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';

/**
 * An object in Kubernetes' protobuf, as the JSON that its client would have written.
 *
 * @throws {WireProblem} it is none, or of a kind that has no messages here
 */
export function objectFromProtobuf(bytes: Buffer): Record<string, unknown> {
  if (!bytes.subarray(0, 4).equals(MAGIC))
    throw new WireProblem('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  let apiVersion = '';
  let kind = '';
  let raw: Buffer = Buffer.alloc(0);
  for (const { number, value } of wireFields(bytes.subarray(4))) {
    if (!Buffer.isBuffer(value)) continue;
    if (number === 1) {
      for (const field of wireFields(value)) {
        if (field.number === 1) apiVersion = String(field.value);
        if (field.number === 2) kind = String(field.value);
      }
    }
    if (number === 2) raw = value;
  }
  const { kinds } = protobufMessages();
  const message = kind === 'DeleteOptions' ? `${META}DeleteOptions` : kinds[`${apiVersion}/${kind}`];
  if (message === undefined) {
    throw new WireProblem(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  }
  return { apiVersion, kind, ...(decode(message, raw) as Record<string, unknown>) };
}

function decode(message: string, bytes: Buffer): unknown {
  const special = Object.hasOwn(SPECIAL, message) ? SPECIAL[message] : undefined;
  if (special !== undefined) return special(bytes);
  const fields = protobufMessages().messages[message];
  if (fields === undefined) throw new WireProblem(`no message ${message}`);
  const object: Record<string, unknown> = {};
  for (const field of wireFields(bytes)) {
    // What a newer client knows beyond us is left out, as Go does.
    const known = fields[field.number];
    if (known === undefined) continue;
    const [name, type] = known;
    if (type.startsWith('list ')) {
      object[name] ??= [];
      (object[name] as unknown[]).push(...values(type.slice(5), field));
    } else if (type.startsWith('map ')) {
      const [key, value] = entry(type.slice(4), field);
      object[name] ??= {};
      Object.defineProperty(object[name], key, { value, enumerable: true, writable: true, configurable: true });
    } else if (name === '') Object.assign(object, one(type, field));
    else object[name] = one(type, field);
  }
  return object;
}

function entry(type: string, { value }: WireField): [string, unknown] {
  let key = '';
  let found: unknown = type === 'string' || type === 'bytes' ? '' : {};
  for (const field of wireFields(bytesOf(value))) {
    if (field.number === 1) key = String(field.value);
    if (field.number === 2) found = one(type, field);
  }
  return [key, found];
}

/** Numbers may come one by one or packed together. */
function values(type: string, field: WireField): unknown[] {
  const isNumber = type === 'int32' || type === 'int64' || type === 'bool';
  if (!isNumber || field.wireType !== 2) return [one(type, field)];
  const packed = bytesOf(field.value);
  const prefixed = Buffer.concat([...packed].length === 0 ? [] : splitVarints(packed));
  return [...wireFields(prefixed)].map((single) => one(type, single));
}

/** Each with the tag that it would have had alone. */
function splitVarints(packed: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = 0; at < packed.length; at += 1) {
    if ((packed[at] ?? 0) >= 0x80) continue;
    parts.push(Buffer.from([8]), packed.subarray(start, at + 1));
    start = at + 1;
  }
  return parts;
}

function one(type: string, { value }: WireField): unknown {
  switch (type) {
    case 'string':
      return bytesOf(value).toString('utf8');
    case 'bytes':
      return bytesOf(value).toString('base64');
    case 'bool':
      return value !== 0n;
    case 'int32':
    case 'int64':
      return Number(BigInt.asIntN(64, numberOf(value)));
    case 'uint32':
    case 'uint64':
      return Number(numberOf(value));
    case 'double': {
      const bits = Buffer.alloc(8);
      bits.writeBigUInt64LE(numberOf(value));
      return bits.readDoubleLE();
    }
    default:
      return decode(type, bytesOf(value));
  }
}

function bytesOf(value: bigint | Buffer): Buffer {
  if (!Buffer.isBuffer(value)) throw new WireProblem('proto: wrong wireType for a field of bytes');
  return value;
}

function numberOf(value: bigint | Buffer): bigint {
  if (Buffer.isBuffer(value)) throw new WireProblem('proto: wrong wireType for a number');
  return value;
}

function plain(bytes: Buffer): Map<number, bigint | Buffer> {
  return new Map([...wireFields(bytes)].map(({ number, value }) => [number, value]));
}

function numberIn(fields: ReadonlyMap<number, bigint | Buffer>, field: number): number {
  const value = fields.get(field) ?? 0n;
  return Number(BigInt.asIntN(64, numberOf(value)));
}

function textIn(fields: ReadonlyMap<number, bigint | Buffer>, field: number): string {
  return bytesOf(fields.get(field) ?? Buffer.alloc(0)).toString('utf8');
}

/** Types that write their JSON themselves. */
const SPECIAL: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  [`${META}Time`]: (bytes) => time(bytes, false),
  [`${META}MicroTime`]: (bytes) => time(bytes, true),
  [`${META}Duration`]: (bytes) => `${numberIn(plain(bytes), 1) / 1e9}s`,
  [`${META}FieldsV1`]: (bytes) => json(plain(bytes)),
  'io.k8s.apimachinery.pkg.runtime.RawExtension': (bytes) => json(plain(bytes)),
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': (bytes) => json(plain(bytes)),
  'io.k8s.apimachinery.pkg.api.resource.Quantity': (bytes) => textIn(plain(bytes), 1),
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString'(bytes) {
    const fields = plain(bytes);
    return numberIn(fields, 1) === 0 ? numberIn(fields, 2) : textIn(fields, 3);
  },
  [`${META}Verbs`]: items,
  'io.k8s.api.authentication.v1.ExtraValue': items,
  'io.k8s.api.authorization.v1.ExtraValue': items,
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool': schemaOrBool,
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray': schemaOrList,
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray': schemaOrList,
};

const SCHEMA = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';

function schemaOrBool(bytes: Buffer): unknown {
  const fields = plain(bytes);
  const schema = fields.get(2);
  return schema === undefined ? numberIn(fields, 1) !== 0 : decode(SCHEMA, bytesOf(schema));
}

function schemaOrList(bytes: Buffer): unknown {
  const list: unknown[] = [];
  for (const { number, value } of wireFields(bytes)) {
    if (number === 1) return decode(SCHEMA, bytesOf(value));
    list.push(decode(SCHEMA, bytesOf(value)));
  }
  return list;
}

function items(bytes: Buffer): string[] {
  return [...wireFields(bytes)]
    .filter(({ number }) => number === 1)
    .map(({ value }) => bytesOf(value).toString('utf8'));
}

function json(fields: ReadonlyMap<number, bigint | Buffer>): unknown {
  const text = textIn(fields, 1);
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new WireProblem(error.message);
    throw error;
  }
}

/** The zero time is null in JSON. */
function time(bytes: Buffer, micro: boolean): string | null {
  const fields = plain(bytes);
  if (!fields.has(1) && !fields.has(2)) return null;
  const ms = numberIn(fields, 1) * 1_000;
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) throw new WireProblem('proto: time out of range');
  const seconds = new Date(ms).toISOString().slice(0, 19);
  if (!micro) return `${seconds}Z`;
  const micros = Math.floor(numberIn(fields, 2) / 1_000);
  return `${seconds}.${String(micros).padStart(6, '0')}Z`;
}
