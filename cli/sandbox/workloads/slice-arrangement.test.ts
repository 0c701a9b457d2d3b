import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Pod } from './kinds.ts';
import { arrangeSlices } from './slice-arrangement.ts';

const PORTS = [{ name: 'http', port: 80, protocol: 'TCP' }];

describe('arrangeSlices', () => {
  it('leaves Pods in their slices and fills what has room', () => {
    const full = slice('full', pods(0, 100));
    const half = slice('half', pods(100, 50));
    const { wanted, surplus } = arrangeSlices(
      [{ ports: PORTS, pods: [...pods(1, 99), ...pods(100, 50), ...pods(200, 3)] }],
      [full, half],
    );
    expect(
      wanted.map(({ slice: { metadata } = { metadata: {} }, pods: list }) => [metadata.name, list.length]),
    ).toEqual([
      ['full', 100],
      ['half', 52],
    ]);
    expect(surplus).toEqual([]);
  });

  it('makes new slices for what finds no room, and gives empty ones up', () => {
    const { wanted, surplus } = arrangeSlices(
      [{ ports: PORTS, pods: pods(0, 201) }],
      [slice('one', pods(0, 100)), slice('gone', pods(900, 5))],
    );
    expect(wanted.map(({ slice: existing, pods: list }) => [existing?.metadata.name, list.length])).toEqual([
      ['one', 100],
      ['gone', 100],
      [undefined, 1],
    ]);
    expect(surplus).toEqual([]);
    const shrunk = arrangeSlices(
      [{ ports: PORTS, pods: pods(0, 1) }],
      [slice('one', pods(0, 100)), slice('two', pods(100, 5))],
    );
    expect(shrunk.surplus.map(({ metadata }) => metadata.name)).toEqual(['two']);
  });

  it('keeps one slice without endpoints for a Service without Pods', () => {
    const { wanted, surplus } = arrangeSlices([], [slice('one', pods(0, 2)), slice('two', pods(2, 2))]);
    expect(wanted).toMatchObject([{ slice: { metadata: { name: 'one' } }, pods: [], ports: [] }]);
    expect(surplus.map(({ metadata }) => metadata.name)).toEqual(['two']);
  });
});

function pods(from: number, count: number): Pod[] {
  return Array.from({ length: count }, (_, index) => ({
    metadata: { name: `p${from + index}`, uid: `u${from + index}` },
    spec: { containers: [] },
  }));
}

function slice(name: string, members: readonly Pod[]): EndpointSlice {
  const endpoints = members.map(({ metadata }) => ({ targetRef: { uid: metadata.uid } }));
  return { metadata: { name }, addressType: 'IPv4', endpoints, ports: PORTS };
}
