import { describe, expect, it } from 'vitest';
import { endpointGroups, type Perspective } from './endpoints.ts';
import type { EndpointSlice } from './kinds.ts';

const fromAfar: Perspective = {
  ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
  translate: (ip) => ip.replace(/^10\.1\./, '100.64.'),
  unreachable: false,
  keepNodes: false,
};
const slice: EndpointSlice = {
  metadata: { name: 'web-a' },
  addressType: 'IPv4',
  ports: [
    { name: 'http', port: 8080, protocol: 'TCP' },
    { name: 'metrics', port: 9090, protocol: 'TCP' },
  ],
  endpoints: [
    {
      addresses: ['10.1.0.7'],
      conditions: { ready: true, serving: true, terminating: false },
      hostname: 'web-0',
      nodeName: 'node-1',
      zone: 'a',
      targetRef: { kind: 'Pod', name: 'web-0' },
    },
  ],
};

describe('the endpoints of a cluster, as another one sees them', () => {
  it('have translated addresses and keep their hostnames, but no nodes and Pods; ports that are not exported are left out', () => {
    expect(endpointGroups([slice], fromAfar)).toEqual([
      {
        addressType: 'IPv4',
        ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
        endpoints: [
          {
            addresses: ['100.64.0.7'],
            conditions: { ready: true, serving: true, terminating: false },
            hostname: 'web-0',
            zone: 'a',
          },
        ],
      },
    ]);
  });

  it('are not ready while packets do not arrive', () => {
    const [group] = endpointGroups([slice], { ...fromAfar, unreachable: true });

    expect(group?.endpoints[0]?.conditions).toEqual({ ready: false, serving: false, terminating: false });
  });

  it('stand apart by family and by the number behind a named port', () => {
    const other = { ...slice, metadata: { name: 'web-b' }, ports: [{ name: 'http', port: 8081 }] };
    const six: EndpointSlice = {
      ...slice,
      metadata: { name: 'web-c' },
      addressType: 'IPv6',
      endpoints: [{ addresses: ['fd00::1'] }],
    };

    expect(
      endpointGroups([six, other, slice], fromAfar).map(({ addressType, ports }) => [addressType, ports[0]?.port]),
    ).toEqual([
      ['IPv4', 8080],
      ['IPv4', 8081],
      ['IPv6', 8080],
    ]);
  });

  it('are there once while they move from one slice to another, and ready if they are in one of them', () => {
    const moved = {
      ...slice,
      metadata: { name: 'web-0' },
      endpoints: [{ addresses: ['10.1.0.7'], conditions: { ready: false } }],
    };

    const [group] = endpointGroups([moved, slice], fromAfar);
    expect(group?.endpoints).toMatchObject([{ addresses: ['100.64.0.7'], conditions: { ready: true } }]);
  });

  it('keep their nodes where they are seen from their own cluster and traffic is to stay on the node', () => {
    expect(endpointGroups([slice], { ...fromAfar, keepNodes: true })[0]?.endpoints[0]?.nodeName).toBe('node-1');
  });

  it('of names, of no exported port, or none at all, are nothing', () => {
    const names: EndpointSlice = { ...slice, addressType: 'FQDN' };
    const elsewhere: EndpointSlice = { ...slice, ports: [{ name: 'metrics', port: 9090 }] };

    expect(endpointGroups([names, elsewhere, { ...slice, endpoints: null }], fromAfar)).toEqual([]);
  });
});
