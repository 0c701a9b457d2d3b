import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { rfc3339 } from '../../../../controller/time/rfc3339.ts';
import { jsonEqual } from '../schema/json-value.ts';
import { type Crd, type CrdCondition, type CrdNames, type CrdStatus, conditionOf } from './crd.ts';

/**
 * The next status of a CRD among the others of its server: which of its names are its own, then whether it is served.
 * `undefined`: the one it has is right. Names belong to who had them first. Kubernetes: `naming_controller.go`, and when that
 * is content `establishing_controller.go`; each writes by itself, and so do two calls here.
 */
export function establish(
  crd: DeepReadonly<Crd>,
  others: Iterable<DeepReadonly<Crd>>,
  now: Date,
): CrdStatus | undefined {
  const accepted = crd.status?.acceptedNames;
  const { names, problem } = acceptNames(crd, others);
  const namesAccepted: CrdCondition =
    problem === undefined
      ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
      : { type: 'NamesAccepted', status: 'False', ...problem };
  const changes = [namesAccepted, established(crd, problem === undefined)];
  if (accepted !== undefined && jsonEqual(accepted, names) && changes.every((change) => isSame(crd, change))) {
    return undefined;
  }
  const before = crd.status?.conditions ?? [];
  return {
    ...(crd.status as CrdStatus | undefined),
    conditions: changes.reduce(
      (conditions, change) => withCondition(conditions, change, now),
      [...(before as CrdCondition[])],
    ),
    acceptedNames: names,
  };
}

interface Problem {
  readonly reason: string;
  readonly message: string;
}

function acceptNames(
  crd: DeepReadonly<Crd>,
  others: Iterable<DeepReadonly<Crd>>,
): { readonly names: CrdNames; readonly problem: Problem | undefined } {
  const { resources, kinds } = takenNames(crd, others);
  const wanted = crd.spec.names;
  const accepted: DeepReadonly<Partial<CrdNames>> = crd.status?.acceptedNames ?? {};
  let problem: Problem | undefined;
  const choose = (name: string, own: string, taken: ReadonlySet<string>, reason: string): string => {
    if (name === own || !taken.has(name)) return name;
    problem = { reason, message: inUse(name) };
    return own;
  };
  const plural = choose(wanted.plural, accepted.plural ?? '', resources, 'PluralConflict');
  const singular = choose(wanted.singular ?? '', accepted.singular ?? '', resources, 'SingularConflict');
  const ownShortNames = new Set(accepted.shortNames);
  const clashes = (wanted.shortNames ?? []).filter((name) => !ownShortNames.has(name) && resources.has(name));
  if (clashes.length > 0) {
    const messages = clashes.map(inUse);
    const message = messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`;
    problem = { reason: 'ShortNamesConflict', message };
  }
  const shortNames = clashes.length > 0 ? accepted.shortNames : wanted.shortNames;
  const kind = choose(wanted.kind, accepted.kind ?? '', kinds, 'KindConflict');
  const listKind = choose(wanted.listKind ?? '', accepted.listKind ?? '', kinds, 'ListKindConflict');
  const names: CrdNames = {
    plural,
    ...(singular === '' ? {} : { singular }),
    ...(shortNames === undefined ? {} : { shortNames: [...shortNames] }),
    kind,
    ...(listKind === '' ? {} : { listKind }),
    ...(wanted.categories === undefined ? {} : { categories: [...wanted.categories] }),
  };
  return { names, problem };
}

function takenNames(crd: DeepReadonly<Crd>, others: Iterable<DeepReadonly<Crd>>) {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { metadata, spec, status } of others) {
    if (metadata.name === crd.metadata.name || spec.group !== crd.spec.group) continue;
    const { plural, singular, shortNames = [], kind, listKind } = status?.acceptedNames ?? { plural: '', kind: '' };
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`;
}

/** What was established stays so: its names have been used. */
function established(crd: DeepReadonly<Crd>, namesAreAccepted: boolean): CrdCondition {
  const message = 'the initial names have been accepted';
  const before = conditionOf(crd, 'Established');
  if (before?.status === 'True' || (namesAreAccepted && before?.reason === 'Installing')) {
    return { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message };
  }
  if (namesAreAccepted) return { type: 'Established', status: 'False', reason: 'Installing', message };
  return { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
}

function isSame(crd: DeepReadonly<Crd>, condition: CrdCondition): boolean {
  const before = conditionOf(crd, condition.type);
  return (
    before?.status === condition.status && before.reason === condition.reason && before.message === condition.message
  );
}

function withCondition(conditions: readonly CrdCondition[], condition: CrdCondition, now: Date): CrdCondition[] {
  const before = conditions.find(({ type }) => type === condition.type);
  const changed = before === undefined || before.status !== condition.status;
  const lastTransitionTime = changed ? rfc3339(now) : before.lastTransitionTime;
  const { type, status, reason, message } = condition;
  const next: CrdCondition = {
    type,
    status,
    ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
  return before === undefined ? [...conditions, next] : conditions.map((other) => (other.type === type ? next : other));
}
