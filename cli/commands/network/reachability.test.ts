import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReachabilityMatrixStatus } from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import { Sandbox } from '../../testing/run-fedctl.ts';

const NAMESPACE = 'kube-federation-system';
const now = new Date().toISOString();
const well = { pods: 'Reachable', services: 'NotProbed', class: 'Reachable', since: now } as const;
const GREEN: ReachabilityMatrixStatus = {
  observedAt: now,
  summary: { pairs: 2, reachable: 2, unreachable: 0, unknown: 0 },
  pairs: [
    { from: 'earth', to: 'vulcan', latencyMs: 3.2, ...well },
    { from: 'vulcan', to: 'earth', latencyMs: 4, ...well },
  ],
};
const RED: ReachabilityMatrixStatus = {
  ...GREEN,
  summary: { pairs: 2, reachable: 1, unreachable: 1, unknown: 0 },
  pairs: [
    {
      from: 'earth',
      to: 'vulcan',
      pods: 'Unreachable',
      services: 'NotProbed',
      class: 'PacketSize',
      message: 'large ones do not pass',
      wayOut: 'lower the MTU',
      since: now,
    },
    { from: 'vulcan', to: 'earth', latencyMs: 4, ...well },
  ],
};

describe('fedctl network status and verify', () => {
  let sandbox: Sandbox<'host'>;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host');
    await sandbox.fedctl('init --types configmaps');
  });
  afterEach(() => sandbox.close());

  const put = (kind: 'MeshConfig' | 'ReachabilityMatrix', rest: object) =>
    sandbox.servers.host.put({
      apiVersion: 'fedmesh.io/v1alpha1',
      kind,
      metadata: { name: 'default', namespace: NAMESPACE },
      ...rest,
    });

  it('shows the matrix, and what is wrong with a way out', async () => {
    put('MeshConfig', { spec: { provider: 'none' } });
    put('ReachabilityMatrix', { status: RED });

    const { code, stdout } = await sandbox.fedctl('network status');

    expect(stdout.replaceAll(/ +/g, ' ')).toContain('FROM \\ TO earth vulcan\nearth - PacketSize\nvulcan ok 4 ms -\n');
    expect(stdout).toContain('1 of 2 pairs are well, 1 are not, 0 are not known');
    expect(stdout).toContain('earth -> vulcan: PacketSize: large ones do not pass\n    lower the MTU\n');
    expect(code).toBe(0);
  });

  it('gives a script the same, and whether all is well', async () => {
    put('ReachabilityMatrix', { status: GREEN });

    const { stdout } = await sandbox.fedctl('network status -o json');

    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      summary: { pairs: 2 },
      pairs: [{ from: 'earth' }, { from: 'vulcan' }],
    });
  });

  it('says how to have it probed where nothing is', async () => {
    const { code, stderr } = await sandbox.fedctl('network verify');

    expect(stderr).toContain('reachability is not probed: there is no MeshConfig');
    expect(stderr).toContain('fedctl network setup --provider none');
    expect(code).toBe(1);
  });

  it('asks for a fresh round, and does not take an old one for its answer', async () => {
    put('MeshConfig', { spec: { provider: 'none' } });
    put('ReachabilityMatrix', { status: GREEN });

    const { code, stdout, stderr } = await sandbox.fedctl('network verify --all-nodes --wait 1s -o json', {
      speed: 20,
    });

    expect(stderr).toContain('no answer within 1 s');
    expect(JSON.parse(stdout)).toMatchObject({ ok: false });
    expect(
      sandbox.servers.host.requests.some(
        (request) => request.startsWith('PATCH') && request.includes('reachabilitymatrices'),
      ),
    ).toBe(true);
    expect(code).toBe(3);
  });
});
