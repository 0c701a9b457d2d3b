import { describe, expect, it } from 'vitest';
import type { Condition } from '../../apis/multicluster/condition.ts';
import type { ServiceExport } from '../../apis/multicluster/service-export.ts';
import type { ServiceImport } from '../../apis/multicluster/service-import.ts';
import { serviceRows } from './rows.ts';

const condition = (type: string, status: Condition['status'], reason: string, message = reason): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const metadata = { name: 'web', namespace: 'shop' };
const exported = (...conditions: Condition[]): ServiceExport => ({ metadata, status: { conditions } });
const imported = (...conditions: Condition[]): ServiceImport => ({
  metadata,
  spec: { type: 'ClusterSetIP', ports: [] },
  status: { clusters: [{ cluster: 'earth' }], conditions },
});
const good = [condition('Valid', 'True', 'Valid'), condition('Ready', 'True', 'Exported')];

describe('fedctl services status', () => {
  it('has one row for a Service, with where it comes from and where it is used', () => {
    const rows = serviceRows([
      { cluster: 'host', exports: [], imports: [] },
      { cluster: 'earth', exports: [exported(...good)], imports: [imported(condition('Ready', 'True', 'Ready'))] },
      { cluster: 'vulcan', exports: [], imports: [imported(condition('Ready', 'True', 'Ready'))] },
    ]);

    expect(rows).toEqual([
      {
        ...metadata,
        type: 'ClusterSetIP',
        exportedFrom: ['earth'],
        importedInto: ['earth', 'vulcan'],
        sources: ['earth'],
        problems: [],
      },
    ]);
  });

  it('tells what is wrong, where, in the words of the conditions; not being valid hides what follows from it', () => {
    const invalid = [condition('Valid', 'False', 'NoService'), condition('Ready', 'False', 'Pending')];
    const contested = [...good, condition('Conflict', 'True', 'PortConflict', 'port http')];
    const [row] = serviceRows([
      {
        cluster: 'earth',
        exports: [exported(...invalid)],
        imports: [imported(condition('Ready', 'False', 'ServiceNameTaken'))],
      },
      { cluster: 'vulcan', exports: [exported(...contested)], imports: [] },
    ]);

    expect(row?.problems.map(({ cluster, reason }) => [cluster, reason])).toEqual([
      ['earth', 'NoService'],
      ['vulcan', 'PortConflict'],
      ['earth', 'ServiceNameTaken'],
    ]);
  });

  it('says of an export that nobody has looked at that the controller may not run', () => {
    const [row] = serviceRows([{ cluster: 'earth', exports: [exported()], imports: [] }]);

    expect(row?.problems).toMatchObject([
      { cluster: 'earth', reason: 'Pending', message: expect.stringContaining('does it run') },
    ]);
  });
});
