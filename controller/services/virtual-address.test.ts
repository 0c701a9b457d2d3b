import { expect, it } from 'vitest';
import type { MeshConfig } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import { onRemapping, virtualAddress } from './virtual-address.ts';

const routes = [
  { cluster: 'earth', cidr: '10.244.0.0/16', virtualCIDR: '100.65.0.0/16' },
  { cluster: 'earth', cidr: 'fd00::/64', virtualCIDR: '100.66.0.0/16' },
  { cluster: 'mars', cidr: '10.244.0.0/16' },
];

it.each([
  ['is translated where the mesh has remapped its range', 'earth', '10.244.1.7', '100.65.1.7'],
  ['stays where the range is known by itself', 'mars', '10.244.1.7', '10.244.1.7'],
  ['stays where it is in no range of the mesh', 'earth', '10.9.0.1', '10.9.0.1'],
  ['stays where what the provider says cannot be', 'earth', 'fd00::1', 'fd00::1'],
])('an endpoint %s', (_, cluster, ip, seen) => expect(virtualAddress(routes, cluster, ip)).toBe(seen));

it('EndpointSlices are looked at again when ranges are remapped, and not for other news of the mesh', () => {
  let told = 0;
  let news: () => void = () => undefined;
  const mesh: { current: MeshConfig | undefined; subscribe(listener: () => void): () => void } = {
    current: undefined,
    subscribe(listener) {
      news = listener;
      return () => undefined;
    },
  };
  onRemapping(mesh, () => {
    told += 1;
  });
  const says = (status: MeshConfig['status']) => {
    mesh.current = { metadata: {}, spec: { provider: 'none' }, ...(status && { status }) };
    news();
  };

  says({ routes: [{ cluster: 'mars', cidr: '10.244.0.0/16' }] });
  expect(told).toBe(0);
  says({ routes });
  says({ routes, observedGeneration: 2 });
  expect(told).toBe(1);
});
