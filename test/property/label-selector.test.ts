import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabelSelector } from '../../apis/meta/v1.ts';
import { formatLabelSelector, matches } from '../../controller/kube/label-selector.ts';

const key = fc.constantFrom('a', 'b', 'example.com/c');
const value = fc.constantFrom('', 'x', 'y', 'z');
const values = fc.uniqueArray(value, { minLength: 1, maxLength: 3 });
const requirement = fc.oneof(
  fc.record({ key, operator: fc.constantFrom('In' as const, 'NotIn' as const), values }),
  fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
);
const selector: fc.Arbitrary<LabelSelector> = fc.record(
  {
    matchLabels: fc.dictionary(key, value, { noNullPrototype: true }),
    matchExpressions: fc.array(requirement, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const labels = fc.dictionary(key, value, { noNullPrototype: true });

/** The API server's reading of a query, term by term. */
function selectedBy(query: string, has: Record<string, string>): boolean {
  const terms = query.match(/(?:[^,(]|\([^)]*\))+/g) ?? [];
  return terms.every((term) => {
    const set = /^(\S+) (in|notin) \((.*)\)$/.exec(term);
    if (set !== null) {
      const [, name = '', operator, list = ''] = set;
      const held = has[name];
      const inside = held !== undefined && list.split(',').includes(held);
      return operator === 'in' ? inside : !inside;
    }
    if (term.startsWith('!')) return has[term.slice(1)] === undefined;
    const [name = '', wanted] = term.split('=');
    return wanted === undefined ? has[name] !== undefined : has[name] === wanted;
  });
}

describe('label selectors', () => {
  it('select here what their query selects on the server', () => {
    fc.assert(
      fc.property(selector, labels, (chosen, has) => {
        expect(matches(chosen, has)).toBe(selectedBy(formatLabelSelector(chosen), has));
      }),
      { numRuns: 2_000 },
    );
  });

  it('select less with every requirement that is added', () => {
    fc.assert(
      fc.property(selector, requirement, labels, (chosen, more, has) => {
        const narrower = { ...chosen, matchExpressions: [...(chosen.matchExpressions ?? []), more] };
        if (matches(narrower, has)) expect(matches(chosen, has)).toBe(true);
      }),
    );
  });
});
