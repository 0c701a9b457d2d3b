import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject } from '../../controller/sync/json/json-pointer.ts';
import { canonicalJson } from '../../controller/sync/versions/canonical-json.ts';
import { overridesVersion, templateVersion } from '../../controller/sync/versions/versions.ts';

const unit = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  fc.constantFrom('<', '>', '&', '\u2028', '\u2029', '"', '\\', '\b', '\f', '\n', '\u0000', '\ue000', '\u{10000}'),
);
const text = fc.string({ unit, maxLength: 6 });
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
})).value;
const template = fc.dictionary(text, json, { maxKeys: 5 });

/** The straightforward way: JavaScript's own serialisation part by part, members sorted by their bytes, then Go's escapes. */
function reference(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(reference).join(',')}]`;
  if (!isJsonObject(value)) return withGoEscapes(JSON.stringify(value));
  const names = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${names.map((name) => `${withGoEscapes(JSON.stringify(name))}:${reference(value[name])}`).join(',')}}`;
}

function withGoEscapes(serialised: string): string {
  return serialised
    .replace(/\\./g, (pair) => ({ '\\b': '\\u0008', '\\f': '\\u000c' })[pair] ?? pair)
    .replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, reversed(member)] as const);
  return Object.fromEntries(entries.reverse());
}

describe('the canonical form that KubeFed hashes', () => {
  it('agrees with a straightforward serialisation', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(value)).toBe(reference(value));
      }),
    );
  });

  it('holds the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('versions', () => {
  it('do not depend on the order of keys', () => {
    fc.assert(
      fc.property(template, (value) => {
        const one = { metadata: {}, spec: { template: value } };
        const other = { metadata: {}, spec: { template: reversed(value) as Record<string, unknown> } };
        expect(templateVersion(other)).toBe(templateVersion(one));
        const overrides = (each: unknown) => [{ clusterName: 'a', clusterOverrides: [{ path: '/a', value: each }] }];
        expect(overridesVersion({ metadata: {}, spec: { overrides: overrides(reversed(value)) } })).toBe(
          overridesVersion({ metadata: {}, spec: { overrides: overrides(value) } }),
        );
      }),
    );
  });

  it('differ when the template does', () => {
    fc.assert(
      fc.property(template, template, (one, other) => {
        fc.pre(reference(one) !== reference(other));
        const versionOf = (value: Record<string, unknown>) =>
          templateVersion({ metadata: {}, spec: { template: value } });
        expect(versionOf(one)).not.toBe(versionOf(other));
      }),
    );
  });
});
