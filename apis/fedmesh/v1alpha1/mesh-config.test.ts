import { describe, expect, test } from 'vitest';
import { schemaOf, strictValidator } from '../../../test/structural-schema.ts';
import { describeFieldErrors } from '../../field-error.ts';
import type { MeshConfig, MeshConfigSpec } from './mesh-config.ts';
import { meshConfigCrd } from './mesh-config-crd.ts';
import { defaultMeshConfigSpec } from './mesh-config-defaults.ts';
import { validateMeshConfig } from './mesh-config-validation.ts';

const NETMAKER: MeshConfigSpec = {
  provider: 'netmaker',
  netmaker: {
    server: 'https://api.netmaker.example.com',
    addressRange: '100.64.0.0/16',
    tokenSecretRef: { name: 'netmaker-token' },
  },
  gateways: [
    { cluster: 'earth', node: 'earth-1' },
    { cluster: 'earth', node: 'earth-2' },
    { cluster: 'vulcan', node: 'vulcan-1', relayedBy: 'earth' },
  ],
  routes: { services: true },
  meshCIDRs: ['100.64.0.0/16'],
  outbound: [{ name: 'office', cidr: '192.168.7.0/24', cluster: 'earth' }],
  inbound: [{ name: 'laptop', cluster: 'earth' }],
  probe: { interval: '10s', staleAfter: '1m', sampling: { above: 20 } },
};

function config(spec: unknown, name = 'default'): MeshConfig {
  return { apiVersion: 'fedmesh.io/v1alpha1', kind: 'MeshConfig', metadata: { name }, spec: spec as MeshConfigSpec };
}

const faults = (spec: unknown) => describeFieldErrors(validateMeshConfig(config(spec)));

describe('a MeshConfig', () => {
  test('a whole one is valid, and its schema keeps every field', () => {
    expect(validateMeshConfig(config(NETMAKER))).toEqual([]);
    const validate = strictValidator(schemaOf(meshConfigCrd()));
    validate(config(NETMAKER));
    expect(validate.errors ?? []).toEqual([]);
  });

  test('of one that says next to nothing the rest follows', () => {
    expect(validateMeshConfig(config({ provider: 'none' }))).toEqual([]);
    expect(defaultMeshConfigSpec({ provider: 'none' })).toEqual({
      provider: 'none',
      gateways: [],
      nodeRoutes: { mode: 'None' },
      routes: { services: false, nodes: false },
      meshCIDRs: [],
      outbound: [],
      inbound: [],
      probe: { enabled: true, interval: '30s', staleAfter: '2m', sampling: { above: 50, within: '10m' } },
    });
    expect(defaultMeshConfigSpec(NETMAKER)).toMatchObject({
      netmaker: { network: 'fed', tokenSecretRef: { name: 'netmaker-token', key: 'token' } },
      routes: { services: true, nodes: false },
      probe: { sampling: { above: 20, within: '10m' } },
    });
  });

  test('one of another name is told that nobody looks at it', () => {
    const errors = validateMeshConfig(config({ provider: 'none' }, 'mine'));
    expect(describeFieldErrors(errors)).toBe(
      'metadata.name: "mine" is not looked at: the one that counts is called "default"',
    );
  });

  test.each([
    [undefined, 'spec: is required'],
    [{}, 'spec.provider: is required'],
    [
      { provider: 'tailscale' },
      'spec.provider: "tailscale" is not one of "netmaker", "submariner", "cilium", "static", "none"',
    ],
    [{ provider: 'netmaker' }, 'spec.netmaker: is required'],
    [
      { provider: 'netmaker', netmaker: {} },
      'spec.netmaker.server: is required; spec.netmaker.tokenSecretRef.name: is required',
    ],
  ])('%j lacks what it needs', (spec, message) => expect(faults(spec)).toBe(message));

  test.each([
    ['nonsense', 'is no URL such as https://api.netmaker.example.com'],
    ['ftp://mesh', '"ftp://mesh" is not http or https'],
    ['https://mesh/?token=1', '"https://mesh/?token=1" has a query or a fragment'],
    ['https://admin:secret@mesh', 'has a name or password in it: the token belongs into the Secret of tokenSecretRef'],
  ])('server %s is refused, without its password in the words', (server, message) => {
    const netmaker = { server, tokenSecretRef: { name: 'token' } };
    expect(faults({ provider: 'netmaker', netmaker })).toBe(`spec.netmaker.server: ${message}`);
  });

  test.each([
    ['network', 'Fed', '"Fed" must be lower-case letters, digits, "-" and "_"'],
    ['network', 'n'.repeat(33), `"${'n'.repeat(33)}" is longer than 32 characters, the most that Netmaker takes`],
    ['addressRange', '100.64.0.1/16', '"100.64.0.1/16" has bits set behind its prefix: the range is 100.64.0.0/16'],
    ['addressRange', 'fd00::/64', '"fd00::/64" is no IPv4 range'],
    ['addressRange6', '10.0.0.0/8', '"10.0.0.0/8" is no IPv6 range'],
    ['addressRange6', '::ffff:10.0.0.0/104', '"::ffff:10.0.0.0/104" is IPv4 written as IPv6: write 10.0.0.0/8'],
    ['caBundle', '%', 'is not base64'],
  ])('netmaker.%s %s is refused', (field, value, message) => {
    const netmaker = { server: 'https://mesh', tokenSecretRef: { name: 'token' }, [field]: value };
    expect(faults({ provider: 'netmaker', netmaker })).toBe(`spec.netmaker.${field}: ${message}`);
  });

  test.each([
    [[{ cluster: 'earth' }], 'spec.gateways[0].node: is required'],
    [[{ cluster: 'EARTH', node: 'a' }], /spec\.gateways\[0\]\.cluster: "EARTH" must be lower-case/],
    [
      [
        { cluster: 'earth', node: 'a' },
        { cluster: 'earth', node: 'a' },
      ],
      'spec.gateways[1]: "earth=a" stands there twice',
    ],
    [[{ cluster: 'earth', node: 'a', relayedBy: 'earth' }], 'spec.gateways[0].relayedBy: "earth" is the member itself'],
    [
      [{ cluster: 'earth', node: 'a', relayedBy: 'vulcan' }],
      'spec.gateways[0].relayedBy: "vulcan" has no gateway of its own in spec.gateways',
    ],
    [
      [
        { cluster: 'a', node: 'a', relayedBy: 'b' },
        { cluster: 'b', node: 'b', relayedBy: 'c' },
        { cluster: 'c', node: 'c' },
      ],
      'spec.gateways[0].relayedBy: "b" is relayed itself, by "c"',
    ],
  ])('gateways %j are refused', (gateways, message) => {
    expect(faults({ provider: 'static', gateways })).toMatch(message);
  });

  test('outbound ranges that overlap each other, or the mesh, are refused: one would get packets of the other', () => {
    const outbound = [
      { name: 'office', cidr: '192.168.0.0/16', cluster: 'earth' },
      { name: 'lab', cidr: '192.168.7.0/24', cluster: 'vulcan' },
      { name: 'lab', cidr: '100.64.3.0/24', cluster: '' },
      { name: 'more', cidr: 'all', cluster: 'earth' },
    ];
    expect(
      validateMeshConfig(config({ provider: 'static', outbound, meshCIDRs: ['100.64.0.0/16', '10.1.0.0'] })),
    ).toEqual([
      { path: 'spec.meshCIDRs[1]', message: expect.stringContaining('lacks a prefix length') },
      { path: 'spec.outbound[1].cidr', message: expect.stringContaining('192.168.0.0/16 of outbound "office"') },
      { path: 'spec.outbound[2].name', message: '"lab" stands there twice' },
      { path: 'spec.outbound[2].cidr', message: expect.stringContaining('100.64.0.0/16 of spec.meshCIDRs') },
      { path: 'spec.outbound[2].cluster', message: 'is required' },
      { path: 'spec.outbound[3].cidr', message: expect.stringContaining('"all" is no range') },
    ]);
  });

  test.each([
    [{ interval: 'soon' }, 'spec.probe.interval: "soon" is not a duration such as "30s" or "2m"'],
    [{ interval: '1ms' }, 'spec.probe.interval: "1ms" must be at least 1s'],
    [{ interval: '5m' }, 'spec.probe.staleAfter: "2m" must be greater than interval (5m): no result would ever count'],
    [{ sampling: { above: 1.5 } }, 'spec.probe.sampling.above: 1.5 must be a whole number of at least 2'],
    [{ image: 'a b' }, 'spec.probe.image: "a b" is no image'],
  ])('probe %j is refused', (probe, message) => expect(faults({ provider: 'none', probe })).toBe(message));
});
