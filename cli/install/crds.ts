import { CUSTOM_RESOURCE_DEFINITIONS, type CustomResourceDefinition } from '../../apis/apiextensions/v1.ts';
import { widenCrd } from '../../apis/crd/widen.ts';
import type { Client } from '../../controller/kube/client.ts';
import { isConflict } from '../../controller/kube/errors.ts';
import { type Clock, sleep } from '../../controller/time/clock.ts';
import { createIfMissing, type Outcome, type WriteOptions } from '../apply.ts';
import { CliError } from '../exit.ts';

const POLL_MS = 100;
/** An API server establishes a CRD within a second or two; one that takes longer is in trouble. */
const ESTABLISH_WITHIN_MS = 30_000;
const ATTEMPTS = 5;

export interface EnsuredCrd {
  crd: CustomResourceDefinition;
  outcome: Outcome;
  /** What was added to one that was there, a line each. */
  changes: readonly string[];
}

/** Creates CRDs, or adds to those that are there what they lack. What they have is never taken away or changed. */
export async function* ensureCrds(
  client: Client,
  wanted: readonly CustomResourceDefinition[],
  options: WriteOptions,
): AsyncGenerator<EnsuredCrd> {
  const shortNames = await shortNamesByGroup(client, options.signal);
  for (const crd of wanted) {
    const taken = [...(shortNames.get(crd.spec.group) ?? [])].flatMap(([name, plural]) =>
      plural === crd.spec.names.plural ? [] : [name],
    );
    yield await ensureCrd(client, crd, taken, options);
    remember(shortNames, crd.spec.group, crd.spec.names.plural, crd.spec.names.shortNames ?? []);
  }
}

async function ensureCrd(
  client: Client,
  crd: CustomResourceDefinition,
  takenNames: readonly string[],
  options: WriteOptions,
): Promise<EnsuredCrd> {
  for (let attempt = 1; ; attempt += 1) {
    const wanted = withoutShortNames(crd, takenNames);
    const { outcome, object } = await createIfMissing(client, CUSTOM_RESOURCE_DEFINITIONS, wanted, options);
    if (outcome === 'created') return { crd, outcome, changes: [] };
    const widened = widenCrd(object, crd, { takenNames });
    if (widened.changes.length === 0) return { crd, outcome: 'unchanged', changes: [] };
    if (options.dryRun) return { crd, outcome: 'updated', changes: widened.changes };
    try {
      await client.replace(CUSTOM_RESOURCE_DEFINITIONS, widened.crd, { signal: options.signal });
      return { crd, outcome: 'updated', changes: widened.changes };
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Waits until the API server serves them all. */
export async function waitUntilEstablished(
  client: Client,
  names: readonly string[],
  options: { signal: AbortSignal; clock: Clock },
): Promise<void> {
  const { signal, clock } = options;
  const deadline = clock.monotonic() + ESTABLISH_WITHIN_MS;
  let waiting = [...names];
  while (waiting.length > 0) {
    const crds = await Promise.all(
      waiting.map((name) => client.get<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS, { name }, { signal })),
    );
    const slow = crds.filter((crd) => conditionOf(crd, 'Established')?.status !== 'True');
    const refusal = slow.map(refusalOf).find((reason) => reason !== undefined);
    if (refusal !== undefined) throw new CliError(refusal, { hint: '`kubectl get crds` shows who holds that name' });
    waiting = slow.map((crd) => crd.metadata.name ?? '');
    if (waiting.length === 0) break;
    if (clock.monotonic() > deadline) {
      const seconds = ESTABLISH_WITHIN_MS / 1000;
      throw new CliError(`${client.cluster} does not serve ${waiting.join(', ')} after ${seconds} s`, {
        hint: `\`kubectl describe crd ${waiting[0] ?? ''}\` says why; then run the command again`,
      });
    }
    await sleep(clock, POLL_MS, signal);
  }
  client.discovery.invalidate();
}

/** A short name that another kind of the group holds would keep a new CRD from being established at all. */
function withoutShortNames(crd: CustomResourceDefinition, taken: readonly string[]): CustomResourceDefinition {
  const { shortNames, ...names } = crd.spec.names;
  const free = (shortNames ?? []).filter((name) => !taken.includes(name));
  return { ...crd, spec: { ...crd.spec, names: { ...names, ...(free.length === 0 ? {} : { shortNames: free }) } } };
}

type ShortNames = Map<string, Map<string, string>>;

async function shortNamesByGroup(client: Client, signal: AbortSignal): Promise<ShortNames> {
  const found: ShortNames = new Map();
  for (const served of await client.discovery.resources(signal)) {
    remember(found, served.group, served.plural, served.shortNames);
  }
  return found;
}

function remember(known: ShortNames, group: string, plural: string, shortNames: readonly string[]): void {
  const ofGroup = known.get(group) ?? new Map<string, string>();
  for (const name of shortNames) if (!ofGroup.has(name)) ofGroup.set(name, plural);
  known.set(group, ofGroup);
}

function refusalOf(crd: CustomResourceDefinition): string | undefined {
  const accepted = conditionOf(crd, 'NamesAccepted');
  if (accepted?.status !== 'False') return undefined;
  return `the API server does not accept ${crd.metadata.name ?? ''}: ${accepted.message ?? 'its names are taken'}`;
}

function conditionOf(crd: CustomResourceDefinition, type: string) {
  return crd.status?.conditions?.find((condition) => condition.type === type);
}
