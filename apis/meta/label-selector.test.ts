import { describe, expect, test } from 'vitest';
import { validateLabelSelector } from './label-selector.ts';
import type { LabelSelector } from './v1.ts';

const faultsOf = (selector: LabelSelector) => validateLabelSelector(selector, 'selector').map((error) => error.path);

describe('a label selector', () => {
  test('an empty one is fine: it matches everything', () => {
    expect(faultsOf({})).toEqual([]);
  });

  test('labels with and without a prefix, and empty values, are fine', () => {
    expect(faultsOf({ matchLabels: { region: 'eu', 'example.com/tier': '', 'a.b/C_d.E': 'X_y.z-1' } })).toEqual([]);
  });

  test.each(['-x', 'a/b/c', 'UPPER.example/x', '/x', 'x y', 'x'.repeat(64)])('the key %j is refused', (key) => {
    expect(faultsOf({ matchLabels: { [key]: 'v' } })).toEqual(['selector.matchLabels']);
  });

  test('a value of more than 63 characters is refused', () => {
    expect(faultsOf({ matchLabels: { a: 'v'.repeat(64) } })).toEqual(['selector.matchLabels[a]']);
  });

  test('In and NotIn need values, Exists and DoesNotExist may have none', () => {
    expect(
      faultsOf({
        matchExpressions: [
          { key: 'a', operator: 'In' },
          { key: 'b', operator: 'NotIn', values: [] },
          { key: 'c', operator: 'Exists', values: ['x'] },
          { key: 'd', operator: 'DoesNotExist' },
          { key: 'e', operator: 'In', values: ['x'] },
        ],
      }),
    ).toEqual([
      'selector.matchExpressions[0].values',
      'selector.matchExpressions[1].values',
      'selector.matchExpressions[2].values',
    ]);
  });

  test('an operator that Kubernetes does not know is named with those it knows', () => {
    const requirement = { key: 'a', operator: 'Gt', values: ['1'] } as unknown as { key: string; operator: 'In' };
    expect(validateLabelSelector({ matchExpressions: [requirement] }, 'selector')).toEqual([
      {
        path: 'selector.matchExpressions[0].operator',
        message: '"Gt" is not one of "In", "NotIn", "Exists", "DoesNotExist"',
      },
    ]);
  });
});
