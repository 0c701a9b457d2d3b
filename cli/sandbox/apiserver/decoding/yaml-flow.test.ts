import { expect, it } from 'vitest';
import { parseYaml } from './parse-body.ts';

it.each([
  ['{a:b}', { 'a:b': null }],
  ['{a:}', { 'a:': null }],
  ['{a:, b: c}', { 'a:': null, b: 'c' }],
  ['[a:]', ['a:']],
  ['[a, b: ]', ['a', { b: null }]],
  ['[a: b]', [{ a: 'b' }]],
  ['{"a":[1]}', { a: [1] }],
  ["{'a':[1]}", { a: [1] }],
  ['{a: [1]}', { a: [1] }],
  ['a:[1]', 'a:[1]'],
])('keys end where they end for Kubernetes: %s', (yaml, value) => {
  expect(parseYaml(`x: ${yaml}`, true).value).toEqual({ x: value });
});

it.each([
  ['x: {a:[1]}', "yaml: did not find expected ',' or '}'"],
  ['\n\nx: {a:{b: c}}', "yaml: line 2: did not find expected ',' or '}'"],
  ['\n\nx: [a:[1]]', "yaml: line 2: did not find expected ',' or ']'"],
  ['x: {[a]: b}', 'yaml: invalid map key: [a]'],
  ['x: [:a]', 'yaml: did not find expected node content'],
])('what ends elsewhere for Kubernetes is refused: %s', (yaml, message) => {
  expect(() => parseYaml(yaml, true)).toThrow(message);
});
