import { describe, expect, it } from 'vitest';
import type { LabelSelector } from '../../apis/meta/v1.ts';
import { formatLabelSelector, matches } from './label-selector.ts';

const west = { region: 'west', tier: 'gold' };

describe('matches', () => {
  it('an empty selector selects everything, labelled or not', () => {
    expect(matches({}, west)).toBe(true);
    expect(matches({ matchLabels: {}, matchExpressions: [] }, undefined)).toBe(true);
  });

  it('every label and every expression must hold', () => {
    const selector: LabelSelector = {
      matchLabels: { region: 'west' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['gold', 'silver'] }],
    };
    expect(matches(selector, west)).toBe(true);
    expect(matches(selector, { ...west, tier: 'tin' })).toBe(false);
    expect(matches(selector, { tier: 'gold' })).toBe(false);
  });

  it('NotIn and DoesNotExist also select what lacks the label, In and Exists never', () => {
    const of = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values?: string[]) =>
      matches({ matchExpressions: [{ key: 'zone', operator, ...(values && { values }) }] }, west);
    expect([of('NotIn', ['a']), of('DoesNotExist'), of('In', ['a', '']), of('Exists')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('a label named like a property of every object is not there unless it is set', () => {
    const selector: LabelSelector = { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] };
    expect([matches(selector, {}), matches(selector, { constructor: 'yes' })]).toEqual([false, true]);
  });

  it('an operator that Kubernetes does not know is an error, not a guess', () => {
    const selector = { matchExpressions: [{ key: 'zone', operator: 'Near' }] } as unknown as LabelSelector;
    expect(() => matches(selector, west)).toThrow('"Near" is not an operator');
    expect(() => formatLabelSelector(selector)).toThrow('"Near" is not an operator');
  });
});

describe('formatLabelSelector', () => {
  it('writes what the API server reads', () => {
    const selector: LabelSelector = {
      matchLabels: { app: 'web', empty: '' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'zone', operator: 'NotIn', values: ['c'] },
        { key: 'example.com/live', operator: 'Exists' },
        { key: 'legacy', operator: 'DoesNotExist' },
      ],
    };
    expect(formatLabelSelector(selector)).toBe('app=web,empty=,tier in (a,b),zone notin (c),example.com/live,!legacy');
    expect(formatLabelSelector({})).toBe('');
  });
});
