import { describe, expect, it } from 'vitest';
import { builtInType } from '../schema/built-in.ts';
import { decodeEachOccurrence, typeMetasOf } from './each-occurrence.ts';

const CONFIG_MAP = builtInType('io.k8s.api.core.v1.ConfigMap') ?? {};
const POD = builtInType('io.k8s.api.core.v1.Pod') ?? {};

describe('a key that comes twice', () => {
  it.each([
    [
      '{"data":5,"data":{"a":"b"}}',
      'json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string',
    ],
    ['{"data":{"a":5,"a":"b"}}', 'json: cannot unmarshal number into Go struct field ConfigMap.data of type string'],
    [
      '{"metadata":[],"metadata":{}}',
      'json: cannot unmarshal array into Go struct field ConfigMap.metadata of type v1.ObjectMeta',
    ],
  ])('is refused where its first value does not fit: %s', (text, problem) => {
    expect(decodeEachOccurrence(CONFIG_MAP, text).problem).toBe(problem);
  });

  it.each([
    ['{"metadata":{"name":"a"},"metadata":{"labels":{"b":"c"}}}', { metadata: { name: 'a', labels: { b: 'c' } } }],
    ['{"data":{"a":"1","b":"2"},"data":{"a":"3"}}', { data: { a: '3', b: '2' } }],
    ['{"data":{"a":"1"},"data":null}', { data: null }],
    ['{"kind":"ConfigMap","kind":null}', { kind: 'ConfigMap' }],
    ['{"immutable":true,"immutable":null}', { immutable: null }],
    ['{"data":{"a":"\\"}","a":"\\\\"},"nonsense":[1],"nonsense":-1.5e3}', { data: { a: '\\' }, nonsense: -1500 }],
  ])('adds what a later value says to what an earlier one said: %s', (text, value) => {
    expect(decodeEachOccurrence(CONFIG_MAP, text)).toEqual({ value, problem: undefined });
  });

  it('leaves the elements of a list as they were where a later one says nothing of them', () => {
    const text = '{"spec":{"containers":[{"name":"a","image":"x"},{"name":"b"}],"containers":[{"name":"c"}]}}';
    expect(decodeEachOccurrence(POD, text).value).toEqual({ spec: { containers: [{ name: 'c', image: 'x' }] } });
  });

  it('is told each time of what says what the object is', () => {
    expect([...typeMetasOf('{"kind": 5, "a": {"kind": 1}, "kind": "Shed"}')]).toEqual([{ kind: 5 }, { kind: 'Shed' }]);
  });
});
