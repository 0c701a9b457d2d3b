import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Condition } from '../../apis/multicluster/condition.ts';
import { EXPORT_CONDITIONS } from '../../apis/multicluster/service-export.ts';
import type { ExportFault } from './exports.ts';
import type { MergedService } from './merge.ts';

export type Said = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** Conditions beside each other with those of others, or undefined when they are all there already. */
export function withConditions(
  had: readonly DeepReadonly<Condition>[],
  said: readonly Said[],
  generation: number | undefined,
  now: string,
): Condition[] | undefined {
  const own = said.map((condition): Condition => {
    const old = had.find(({ type }) => type === condition.type);
    const moved = old?.status === condition.status ? old.lastTransitionTime : now;
    const observed = generation === undefined ? {} : { observedGeneration: generation };
    return { ...condition, lastTransitionTime: moved, ...observed };
  });
  const types = new Set(own.map(({ type }) => type));
  const others = had.filter(({ type }) => !types.has(type)).map((condition) => ({ ...condition }));
  const all = [...others, ...own];
  return isEqual(byType(all), byType(had)) ? undefined : all;
}

function byType(conditions: readonly DeepReadonly<Condition>[]): readonly unknown[] {
  return [...conditions].sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** Longest message of a condition that its schema allows, and more than anybody reads. */
const MESSAGE_LENGTH = 1_024;

/** What stands on a ServiceExport, in KEP-1645's words. */
export function exportConditions(
  fault: ExportFault | undefined,
  merged: MergedService | undefined,
  hindrance?: string,
): Said[] {
  const { valid, ready, conflict } = EXPORT_CONDITIONS;
  if (fault !== undefined) {
    return [
      { type: valid, status: 'False', ...fault },
      { type: ready, status: 'False', reason: 'Pending', message: 'nothing is exported: the export is not valid' },
      noConflicts(),
    ];
  }
  const conflicts = merged?.conflicts ?? [];
  const exported = `exported to ${merged?.clusters.length === 1 ? 'all clusters of the set' : `all clusters of the set, together with ${(merged?.clusters.length ?? 1) - 1} more`}`;
  return [
    { type: valid, status: 'True', reason: 'Valid', message: 'the Service can be exported' },
    hindrance === undefined
      ? { type: ready, status: 'True', reason: 'Exported', message: exported }
      : { type: ready, status: 'False', reason: 'Failed', message: hindrance },
    conflicts.length === 0
      ? noConflicts()
      : {
          type: conflict,
          status: 'True',
          reason: conflicts.map(({ reason }) => reason).join(','),
          message: conflicts
            .map(({ message }) => message)
            .join('; ')
            .slice(0, MESSAGE_LENGTH),
        },
  ];
}

function noConflicts(): Said {
  const message = 'the exports of this Service agree with each other';
  return { type: EXPORT_CONDITIONS.conflict, status: 'False', reason: 'NoConflicts', message };
}
