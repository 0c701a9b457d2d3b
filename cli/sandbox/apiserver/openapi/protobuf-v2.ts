import type { RawSchema } from '../schema/built-in-document.ts';
import { isMap } from '../schema/json-value.ts';
import type { OpenApiV2 } from './openapi-v2.ts';

/**
 * The OpenAPI v2 document as `gnostic-models/openapiv2/OpenAPIv2.proto` has it, which is the one form that client-go asks for.
 * Types only: that is what clients read it for (strategic merge, `explain`); which requests can be made, v3 tells.
 */
export function openApiV2Protobuf(document: OpenApiV2): Buffer {
  const definitions = Object.entries(document.definitions).map(([name, schema]) =>
    message(1, namedSchema(name, schema)),
  );
  return Buffer.concat([
    text(1, document.swagger),
    message(2, Buffer.concat([text(1, document.info.title), text(2, document.info.version)])),
    message(8, Buffer.alloc(0)),
    message(9, Buffer.concat(definitions)),
  ]);
}

function namedSchema(name: string, schema: RawSchema): Buffer {
  return Buffer.concat([text(1, name), message(2, schemaMessage(schema))]);
}

const TEXTS: readonly (readonly [string, number])[] = [
  ['$ref', 1],
  ['format', 2],
  ['title', 3],
  ['description', 4],
  ['pattern', 13],
];

function schemaMessage(schema: RawSchema): Buffer {
  const said = schema as Readonly<Record<string, unknown>>;
  const parts: Buffer[] = [];
  for (const [field, number] of TEXTS) {
    const value = said[field];
    if (typeof value === 'string') parts.push(text(number, value));
  }
  for (const name of listOf(said.required)) parts.push(text(19, String(name)));
  for (const value of listOf(said.enum)) parts.push(message(20, any(value)));
  const { additionalProperties, items, properties } = schema;
  if (typeof additionalProperties === 'boolean') parts.push(message(21, flag(2, additionalProperties)));
  else if (additionalProperties !== undefined) parts.push(message(21, message(1, schemaMessage(additionalProperties))));
  if (typeof said.type === 'string') parts.push(message(22, text(1, said.type)));
  if (items !== undefined) parts.push(message(23, message(1, schemaMessage(items))));
  if (properties !== undefined) {
    const named = Object.entries(properties).map(([name, one]) => message(1, namedSchema(name, one)));
    parts.push(message(25, Buffer.concat(named)));
  }
  for (const [name, value] of Object.entries(said)) {
    if (name.startsWith('x-')) parts.push(message(31, Buffer.concat([text(1, name), message(2, any(value))])));
  }
  return Buffer.concat(parts);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** JSON is YAML. */
function any(value: unknown): Buffer {
  return text(2, isMap(value) || Array.isArray(value) ? JSON.stringify(value) : `${JSON.stringify(value)}\n`);
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}

/** A field of wire type 2: its length, and its bytes. */
function message(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

function flag(field: number, value: boolean): Buffer {
  return Buffer.concat([varint(field << 3), varint(value ? 1 : 0)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
