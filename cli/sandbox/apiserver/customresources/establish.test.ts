import { expect, it } from 'vitest';
import type { Crd, CrdNames } from './crd.ts';
import { establish } from './establish.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');

function crd(names: CrdNames, status?: Crd['status']): Crd {
  return {
    metadata: { name: `${names.plural}.example.io` },
    spec: { group: 'example.io', scope: 'Namespaced', names, versions: [{ name: 'v1', served: true, storage: true }] },
    ...(status === undefined ? {} : { status }),
  };
}

const WIDGETS: CrdNames = {
  plural: 'widgets',
  singular: 'widget',
  kind: 'Widget',
  listKind: 'WidgetList',
  shortNames: ['w'],
};

/** As the server's controller does: until there is nothing left to write. */
function settled(start: Crd, others: readonly Crd[]): { crd: Crd; writes: number } {
  let current = start;
  for (let writes = 0; ; writes++) {
    const status = establish(current, others, NOW);
    if (status === undefined) return { crd: current, writes };
    current = { ...current, status };
  }
}

it('a new kind gets its names first and is served with the second write, as watchers of CRDs expect', () => {
  const first = establish(crd(WIDGETS), [], NOW);
  expect(first).toEqual({
    conditions: [
      {
        type: 'NamesAccepted',
        status: 'True',
        lastTransitionTime: '2026-01-02T03:04:05Z',
        reason: 'NoConflicts',
        message: 'no conflicts found',
      },
      {
        type: 'Established',
        status: 'False',
        lastTransitionTime: '2026-01-02T03:04:05Z',
        reason: 'Installing',
        message: 'the initial names have been accepted',
      },
    ],
    acceptedNames: WIDGETS,
  });
  const { crd: after, writes } = settled(crd(WIDGETS), []);
  expect(writes).toBe(2);
  expect(after.status?.conditions?.[1]).toMatchObject({ status: 'True', reason: 'InitialNamesAccepted' });
});

it('names belong to who had them first, and the later kind is not served', () => {
  const { crd: widgets } = settled(crd(WIDGETS), []);
  const gadgets = crd({
    plural: 'gadgets',
    singular: 'gadget',
    kind: 'Widget',
    listKind: 'GadgetList',
    shortNames: ['w'],
  });
  const { crd: after } = settled(gadgets, [widgets, gadgets]);
  expect(after.status?.acceptedNames).toEqual({
    plural: 'gadgets',
    singular: 'gadget',
    kind: '',
    listKind: 'GadgetList',
  });
  expect(after.status?.conditions).toMatchObject([
    { type: 'NamesAccepted', status: 'False', reason: 'KindConflict', message: '"Widget" is already in use' },
    { type: 'Established', status: 'False', reason: 'NotAccepted' },
  ]);
  // Once the other is gone its names are free.
  expect(settled(after, []).crd.status?.acceptedNames?.kind).toBe('Widget');
});

it('what is established stays so when a new short name clashes', () => {
  const { crd: widgets } = settled(crd(WIDGETS), []);
  const { crd: gadgets } = settled(crd({ plural: 'gadgets', kind: 'Gadget', listKind: 'GadgetList' }), [widgets]);
  const renamed = {
    ...gadgets,
    spec: { ...gadgets.spec, names: { ...gadgets.spec.names, shortNames: ['w', 'widget'] } },
  };
  const { crd: after } = settled(renamed, [widgets]);
  expect(after.status?.acceptedNames?.shortNames).toBeUndefined();
  expect(after.status?.conditions).toMatchObject([
    { reason: 'ShortNamesConflict', message: '["w" is already in use, "widget" is already in use]' },
    { type: 'Established', status: 'True' },
  ]);
});

it('kinds of other groups may be called the same', () => {
  const { crd: widgets } = settled(crd(WIDGETS), []);
  const other = crd(WIDGETS);
  const elsewhere = { ...other, metadata: { name: 'widgets.other.io' }, spec: { ...other.spec, group: 'other.io' } };
  expect(settled(elsewhere, [widgets]).crd.status?.conditions?.[0]?.status).toBe('True');
});
