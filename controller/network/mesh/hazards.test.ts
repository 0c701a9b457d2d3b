import { describe, expect, it } from 'vitest';
import { meshHazards } from './hazards.ts';

const nothing = { gateways: [] as const };

describe('what a mesh does that no plan can undo', () => {
  it.each([
    ['242.0.0.0/20', true],
    ['fd00::/16', true],
    ['none', true],
    ['198.18.0.0/16', false],
  ])(
    'a range that is reached under %s is named exactly where addresses cannot be translated one to one',
    (virtualCIDR, isNamed) => {
      const routes = [{ cluster: 'earth', cidr: '10.1.0.0/16', virtualCIDR, gateways: [], masqueraded: true }];

      expect(meshHazards([], { ...nothing, routes }).map(({ reason }) => reason)).toEqual(
        isNamed ? ['VirtualRangeDiffers'] : [],
      );
    },
  );
});
