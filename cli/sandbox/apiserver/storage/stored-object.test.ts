import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { StoredObject, withRevision } from './stored-object.ts';

function jsonOf(text: string): string {
  const object = withRevision(JSON.parse(text) as KubeObject, 7);
  return new StoredObject('widgets', 'default', 'one', object, 7).json;
}

describe('an object that is stored', () => {
  it('says first what it is, and has its metadata in the order of Kubernetes', () => {
    const sent =
      '{"spec":{},"metadata":{"labels":{},"odd":1,"uid":"u","name":"one"},"kind":"Widget","apiVersion":"v1"}';
    expect(jsonOf(sent)).toBe(
      '{"apiVersion":"v1","kind":"Widget","metadata":{"name":"one","uid":"u","resourceVersion":"7","labels":{},"odd":1},"spec":{}}',
    );
  });

  it('keeps fields that are called like what every object has', () => {
    const whole = '{"kind":"Widget","metadata":{"resourceVersion":"7"},"toString":"a","__proto__":{"b":1}}';
    expect(jsonOf(whole)).toBe(whole);
  });
});
