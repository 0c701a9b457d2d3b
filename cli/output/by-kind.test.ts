import { expect, it } from 'vitest';
import { byKind } from './by-kind.ts';

it('says of three hundred objects what fits on a line, and of one all there is', () => {
  const objects = Array.from({ length: 300 }, (_, index) => `configmaps bulk/c${index}`);
  expect(byKind(['Namespace kube-federation-system, if join made it', ...objects, 'services shop/web'])).toEqual([
    'Namespace kube-federation-system, if join made it',
    'configmaps bulk/c0, bulk/c1, bulk/c2 and 297 more',
    'services shop/web',
  ]);
});
