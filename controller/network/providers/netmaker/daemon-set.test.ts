import { describe, expect, it } from 'vitest';
import { NETCLIENT_NAME, netclientDaemonSet } from './daemon-set.ts';
import { hostName } from './names.ts';

const base = {
  owner: 'uid',
  cluster: 'earth',
  namespace: 'kube-federation-system',
  nodes: ['n1', 'n2'],
  serverVersion: 'v1.5.1',
};

describe('the manifest of netclient', () => {
  it('runs on the gateway nodes alone, in their own network, whatever taints they have', () => {
    expect(netclientDaemonSet(base)).toMatchObject({
      kind: 'DaemonSet',
      metadata: { name: NETCLIENT_NAME, namespace: 'kube-federation-system' },
      spec: {
        template: {
          spec: {
            hostNetwork: true,
            tolerations: [{ operator: 'Exists' }],
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  nodeSelectorTerms: [
                    { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n1', 'n2'] }] },
                  ],
                },
              },
            },
          },
        },
      },
    });
    expect(() => netclientDaemonSet({ ...base, nodes: [] })).toThrow(/every node/);
  });

  it('has the version of the server, the token from a Secret, and a name that the provider knows again', () => {
    const text = JSON.stringify(netclientDaemonSet(base));
    expect(text).toContain('"image":"gravitl/netclient:v1.5.1"');
    expect(text).toContain('{"name":"TOKEN","valueFrom":{"secretKeyRef":{"name":"fedmesh-netclient","key":"token"}}}');
    expect(text.match(/"HOST_NAME","value":"([^"]+)"/)?.[1]?.replace('$(NODE_NAME)', 'n1')).toBe(
      hostName('uid', 'earth', 'n1'),
    );
    expect(JSON.stringify(netclientDaemonSet({ ...base, image: 'registry.local/netclient:1' }))).toContain(
      'registry.local/netclient:1',
    );
    expect(() => netclientDaemonSet({ ...base, serverVersion: 'dev' })).toThrow(/which image/);
  });

  it('is the same for the same input, so that applying it again changes nothing', () => {
    expect(netclientDaemonSet(base)).toEqual(netclientDaemonSet({ ...base }));
  });
});
