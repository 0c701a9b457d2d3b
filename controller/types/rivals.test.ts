import { describe, expect, it } from 'vitest';
import type { FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import { firstOf, rivalsOf } from './rivals.ts';

function config(name: string, kind: string, createdAt: string, more: object = {}): FederatedTypeConfig {
  const federatedType = { group: 'types.kubefed.io', version: 'v1beta1', kind, pluralName: '', scope: 'Namespaced' };
  return {
    metadata: { name, namespace: 'system', uid: `uid of ${name}`, creationTimestamp: createdAt, ...more },
    spec: { federatedType },
  } as unknown as FederatedTypeConfig;
}

const FIRST = config('widgets.a.example', 'FederatedWidget', '2026-01-01T00:00:00Z');
const SECOND = config('widgets.b.example', 'FederatedWidget', '2026-01-02T00:00:00Z');
const OTHER = config('gadgets.a.example', 'FederatedGadget', '2025-01-01T00:00:00Z');
const ALL = [SECOND, OTHER, FIRST];

describe('type configs that name one federated kind', () => {
  it('give way to the one that was there first', () => {
    expect(ALL.map((each) => firstOf(each, ALL))).toEqual(['widgets.a.example', undefined, undefined]);
  });

  it('of the same second are ordered by their names, so that every replica agrees', () => {
    const twin = config('widgets.c.example', 'FederatedWidget', '2026-01-01T00:00:00Z');
    expect(firstOf(twin, [twin, FIRST])).toBe('widgets.a.example');
    expect(firstOf(FIRST, [twin, FIRST])).toBeUndefined();
  });

  it('take their turn when the first one goes', () => {
    const leaving = { ...FIRST, metadata: { ...FIRST.metadata, deletionTimestamp: '2026-02-01T00:00:00Z' } };
    expect(firstOf(SECOND, [SECOND, leaving])).toBeUndefined();
    expect(rivalsOf(leaving, ALL)).toEqual(['system/widgets.b.example']);
  });

  it('that say nothing yet are nobody’s rivals by accident', () => {
    const empty = { metadata: { name: 'x', uid: 'x' } } as FederatedTypeConfig;
    expect(rivalsOf(empty, ALL)).toEqual([]);
  });
});
