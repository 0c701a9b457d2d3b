import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

// What Go's json.Encoder wrote for the same values, without its newline.
describe('canonicalJson writes what Go writes', () => {
  it.each<[unknown, string]>([
    [null, 'null'],
    [true, 'true'],
    [{ b: 1, a: [2, { d: 3, c: 4 }] }, '{"a":[2,{"c":4,"d":3}],"b":1}'],
    [{}, '{}'],
    [[], '[]'],
    ['<a href="x">&</a>', '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u003c/a\\u003e"'],
    ['a\\b\n\r\t', '"a\\\\b\\n\\r\\t"'],
    ['\b\f\u0000\u001f\u007f', '"\\u0008\\u000c\\u0000\\u001f\u007f"'],
    ['\u2028\u2029', '"\\u2028\\u2029"'],
    ['grüße 日本 🚀', '"grüße 日本 🚀"'],
    [{ '<k>': 1 }, '{"\\u003ck\\u003e":1}'],
    [0, '0'],
    [-0, '0'],
    [0.5, '0.5'],
    [1e20, '100000000000000000000'],
    [1e21, '1e+21'],
    [1.5e300, '1.5e+300'],
    [0.000001, '0.000001'],
    [1e-7, '1e-7'],
    [-1.25e-9, '-1.25e-9'],
  ])('%j', (value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  it('with keys in the order of their bytes, which is not that of UTF-16', () => {
    expect(canonicalJson({ '\u{1f680}': 1, '\uff5e': 2, a: 3 })).toBe('{"a":3,"\uff5e":2,"\u{1f680}":1}');
  });

  it('with all digits of large whole numbers where KubeFed kept them as int64', () => {
    expect(canonicalJson(2 ** 62, 'int64')).toBe('4611686018427387904');
    expect(canonicalJson(2 ** 62)).toBe('4611686018427388000');
    expect(canonicalJson(-(2 ** 63), 'int64')).toBe('-9223372036854775808');
    expect(canonicalJson(2 ** 63, 'int64')).toBe('9223372036854776000');
  });
});
