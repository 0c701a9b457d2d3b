import { expect, it } from 'vitest';
import type { ClusterPropagationStatus } from '../../../apis/types/v1beta1/federated-object.ts';
import { jsonBytes, withinBounds } from './bounds.ts';

const OF_ETCD = 1_572_864;
const entry = (name: string, bytes: number): ClusterPropagationStatus => ({
  name,
  remoteStatus: { text: 'x'.repeat(bytes) },
});

it('leaves entries that fit as they are, and asks for the rest of the object only when they are not small', () => {
  const small = [entry('earth', 1_000), { name: 'vulcan', status: 'UpdateFailed', message: 'why' }];
  const never = () => {
    throw new Error('asked');
  };
  expect(withinBounds(small, never)).toBe(small);
  const large = [entry('earth', 600_000), entry('vulcan', 600_000)];
  expect(withinBounds(large, () => 100_000)).toBe(large);
});

it('leaves out the largest status first, and says so in its entry', () => {
  const entries = [entry('earth', 600_000), entry('mars', 1_000), { ...entry('vulcan', 900_000), message: 'slow' }];
  const bounded = withinBounds(entries, () => 10_000);
  expect(bounded.map(({ remoteStatus }) => remoteStatus !== undefined)).toEqual([true, true, false]);
  expect(bounded[2]?.message).toMatch(/^slow; remoteStatus is left out: it takes 901 kB/);
});

it('counts what the template takes', () => {
  const entries = [entry('earth', 300_000), entry('vulcan', 300_001)];
  const bounded = withinBounds(entries, () => 1_000_000);
  expect(bounded.map(({ remoteStatus }) => remoteStatus !== undefined)).toEqual([true, false]);
});

it('counts characters as an API server writes them', () => {
  expect(jsonBytes('<é>')).toBe(2 + 6 + 2 + 6);
  const entries = [{ name: 'earth', remoteStatus: { text: '<'.repeat(300_000) } }];
  expect(withinBounds(entries, () => 0)[0]).not.toHaveProperty('remoteStatus');
});

it('shortens messages, and drops them, where thousands of members have much to say', () => {
  const failing = (count: number, message: string) =>
    Array.from({ length: count }, (_, index) => ({ name: `member-${index}`, status: 'CreationFailed', message }));
  const shortened = withinBounds(failing(2_000, '🦄 refused '.repeat(200)), () => 1_000);
  expect(shortened[0]?.message).toMatch(/^🦄 refused .* \[…\]$/u);
  expect(jsonBytes(shortened)).toBeLessThan(OF_ETCD);
  const dropped = withinBounds(failing(2_000, 'refused '.repeat(200)), () => 1_200_000);
  expect(dropped).toHaveLength(2_000);
  expect(dropped[0]).toEqual({ name: 'member-0', status: 'CreationFailed' });
});
