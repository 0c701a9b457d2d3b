import { describe, expect, it } from 'vitest';
import { parseExposition } from './exposition.ts';
import { figuresOf, quantile } from './figures.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';

const scrape = (at: number, requests: number): Snapshot =>
  snapshotOf(
    [
      'leader_election_master_status{name="x"} 1',
      `fedmesh_api_requests_total{cluster="earth",verb="get",code="200"} ${requests}`,
    ].join('\n'),
    at,
  ) ?? expect.unreachable();

describe('the text format', () => {
  it('is read with labels, escapes, infinities and times, and without what is none of it', () => {
    const text = [
      '# HELP a b',
      'a 1',
      'b{c="d",e="f\\"g\\\\h\\ni"} 2.5e-3 1700000000000',
      'b{le="+Inf"} +Inf',
      'half a line',
    ].join('\n');
    expect([...parseExposition(text)]).toEqual([
      ['a', [{ labels: {}, value: 1 }]],
      [
        'b',
        [
          { labels: { c: 'd', e: 'f"g\\h\ni' }, value: 0.0025 },
          { labels: { le: '+Inf' }, value: Number.POSITIVE_INFINITY },
        ],
      ],
    ]);
  });
});

describe('figures', () => {
  it('are those since the last look, and begin at zero when the controller was started anew', () => {
    const rate = (first: Snapshot, last: Snapshot) => figuresOf(first, first, last).clusters[0]?.requestsPerSecond;
    expect(rate(scrape(0, 100), scrape(2_000, 150))).toBe(25);
    expect(rate(scrape(0, 100), scrape(2_000, 10))).toBe(5);
  });

  it('have quantiles as PromQL computes them', () => {
    const buckets = new Map([
      [0.1, 50],
      [1, 90],
      [Number.POSITIVE_INFINITY, 100],
    ]);
    expect(quantile(0.25, buckets)).toBeCloseTo(0.05);
    expect(quantile(0.7, buckets)).toBeCloseTo(0.55);
    expect(quantile(0.99, buckets)).toBe(1);
  });
});
