import { describe, expect, it } from 'vitest';
import type { ServiceExport } from '../../apis/multicluster/service-export.ts';
import { gatherExports } from './exports.ts';
import { OWNER_LABEL, type Service } from './kinds.ts';

const exported: ServiceExport = { metadata: { name: 'web', creationTimestamp: '2026-01-01T00:00:01Z' } };
const later: ServiceExport = { metadata: { name: 'web', creationTimestamp: '2026-01-01T00:00:09Z' } };
const service: Service = {
  metadata: { name: 'web' },
  spec: { type: 'ClusterIP', clusterIP: '10.96.0.5', ipFamilies: ['IPv4'], ports: [{ port: 80, nodePort: 30080 }] },
};
const earth = { cluster: 'earth', export: exported, service };
const gather = (members: Parameters<typeof gatherExports>[1], host?: ServiceExport) =>
  gatherExports('web', members, host, 'me');

describe('what clusters export', () => {
  it('is the Service of an export, without what means something only in its cluster', () => {
    expect(gather([earth]).valid).toEqual([
      {
        cluster: 'earth',
        since: '2026-01-01T00:00:01Z',
        headless: false,
        ports: [{ protocol: 'TCP', port: 80 }],
        sessionAffinity: 'None',
        ipFamilies: ['IPv4'],
        labels: {},
        annotations: {},
      },
    ]);
  });

  it('is nothing without an export, and nothing of one that is being deleted', () => {
    const leaving = { metadata: { ...exported.metadata, deletionTimestamp: '2026-01-01T00:00:02Z' } };

    expect(gather([{ ...earth, export: undefined }]).valid).toEqual([]);
    expect(gather([{ ...earth, export: leaving }])).toMatchObject({ valid: [], faults: new Map() });
  });

  it.each([
    ['there is no Service', undefined, 'NoService'],
    ['it is of type ExternalName', { ...service, spec: { type: 'ExternalName' } }, 'InvalidServiceType'],
    ['it is itself derived', { ...service, metadata: { labels: { [OWNER_LABEL]: 'me' } } }, 'InvalidServiceType'],
  ] as const)('is nothing where %s, and the export says so', (_, present, reason) => {
    const { valid, faults } = gather([{ ...earth, service: present }]);

    expect(valid).toEqual([]);
    expect(faults.get('earth')?.reason).toBe(reason);
  });

  it('cannot have a name to which nothing can be added', () => {
    const { faults } = gatherExports('w'.repeat(60), [earth], undefined, 'me');

    expect(faults.get('earth')).toMatchObject({ reason: 'InvalidServiceName', message: expect.stringContaining('59') });
  });

  it('is by an export on the host the Service of every member that has it, with the age of that export', () => {
    const { valid, faults, hostFault } = gather(
      [
        earth,
        { cluster: 'mars', export: undefined, service: undefined },
        { ...earth, cluster: 'vulcan', export: undefined },
      ],
      later,
    );

    expect(valid.map(({ cluster, since }) => [cluster, since])).toEqual([
      ['earth', '2026-01-01T00:00:01Z'],
      ['vulcan', '2026-01-01T00:00:09Z'],
    ]);
    expect([faults.size, hostFault]).toEqual([0, undefined]);
  });

  it('is nothing by an export on the host where no member has the Service, and that one says so', () => {
    expect(gather([{ cluster: 'mars', export: undefined, service: undefined }], later).hostFault?.reason).toBe(
      'NoService',
    );
  });
});
