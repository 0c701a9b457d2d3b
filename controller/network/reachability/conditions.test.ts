import { describe, expect, it } from 'vitest';
import { REACHABLE } from './causes.ts';
import { reachabilityFindings } from './conditions.ts';
import type { PairDiagnosis } from './diagnosis.ts';

const well = (from: string, to: string, rest: Partial<PairDiagnosis> = {}): PairDiagnosis => {
  return { ...REACHABLE, from, to, pods: 'Reachable', services: 'NotProbed', ...rest };
};
const lost = { class: 'Dropped', pods: 'Unreachable', message: 'nothing comes back', wayOut: 'look' } as const;
const blank = { class: 'Unknown', pods: 'Unknown', message: 'nothing is known', wayOut: 'look' } as const;

function said(clusters: string[], pairs: PairDiagnosis[], problems: Parameters<typeof reachabilityFindings>[2] = []) {
  return [...reachabilityFindings(clusters, pairs, problems)].map(
    ([name, [pods]]) => `${name}: ${pods?.status} ${pods?.reason}`,
  );
}

describe('what is said of a member', () => {
  it('False for both where one of two directions fails: with two members nobody knows whose fault it is', () => {
    const pairs = [well('a', 'b', lost), well('b', 'a')];
    expect(said(['a', 'b'], pairs)).toEqual(['a: False Dropped', 'b: False Dropped']);
  });

  it('False only for the one that nobody reaches, while the others reach each other', () => {
    const pairs = [
      well('a', 'b'),
      well('b', 'a'),
      ...['a', 'b'].flatMap((name) => [well(name, 'c', lost), well('c', name, lost)]),
    ];
    expect(said(['a', 'b', 'c'], pairs)).toEqual(['a: True Reachable', 'b: True Reachable', 'c: False Dropped']);
  });

  it('True, with a word about it, where packets are disguised', () => {
    const pairs = [
      well('a', 'b', { class: 'Masqueraded', message: 'seen as 1.2.3.4', wayOut: 'stop it' }),
      well('b', 'a'),
    ];
    expect(said(['a', 'b'], pairs)).toEqual(['a: True Masqueraded', 'b: True Masqueraded']);
  });

  it('Unknown, with the reason for it, where nothing is known', () => {
    const pairs = [well('a', 'b', blank), well('b', 'a', blank)];
    const problem = { cluster: 'a', reason: 'NoProbe', message: 'no probe of a is ready' };
    expect(said(['a', 'b'], pairs, [problem])).toEqual(['a: Unknown NoProbe', 'b: Unknown Unknown']);
    expect(said(['a'], [])).toEqual(['a: Unknown Alone']);
  });

  it('that Services are not routed, instead of that they are not reached', () => {
    const [, services] = reachabilityFindings(['a', 'b'], [well('a', 'b'), well('b', 'a')], []).get('a') ?? [];
    expect(services).toMatchObject({ type: 'ServicesReachable', status: 'Unknown', reason: 'NotRouted' });
  });
});
