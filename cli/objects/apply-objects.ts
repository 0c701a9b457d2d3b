import { CUSTOM_RESOURCE_DEFINITIONS } from '../../apis/apiextensions/v1.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { ServedResource } from '../../controller/kube/discovery.ts';
import { ApiError } from '../../controller/kube/errors.ts';
import type { Clock } from '../../controller/time/clock.ts';
import { getIfPresent, type Outcome, objectName } from '../apply.ts';
import { CliError, usageError } from '../exit.ts';
import { waitUntilEstablished } from '../install/crds.ts';
import { kindOf, namespaceFor, type Target } from './target.ts';

export interface ApplyOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly dryRun: boolean;
  /** Take over fields that others own. */
  readonly force: boolean;
}

export interface Applied {
  readonly resource: ServedResource;
  readonly outcome: Outcome;
  /** As the server answered. */
  readonly object: KubeObject;
}

/**
 * Applies objects one after the other, server-side: what the field manager `fedctl` no longer mentions goes, what others own
 * stays. A CRD among them is waited for before an object of its kind.
 */
export class Applier {
  readonly #target: Target;
  readonly #options: ApplyOptions;
  readonly #crds: string[] = [];

  constructor(target: Target, options: ApplyOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** @throws {CliError} a conflict, with the fields and who owns them; a kind that is not served */
  async apply(object: KubeObject): Promise<Applied> {
    const { signal, dryRun, force } = this.#options;
    const { client } = this.#target;
    const resource = await this.#kindOf(object);
    const namespace = namespaceFor(this.#target, resource, object);
    const { name } = object.metadata;
    if (name === undefined || name === '') {
      const generated = object.metadata.generateName === undefined ? '' : ': a generated one cannot be applied twice';
      throw usageError(`a ${object.kind ?? 'thing'} has no name${generated}`, 'give it metadata.name');
    }
    const ref = { name, ...(namespace === undefined ? {} : { namespace }) };
    const before = await getIfPresent(client, resource, ref, signal);
    const body = { ...object, metadata: { ...object.metadata, ...ref } };
    try {
      const after = await client.patch<KubeObject>(resource, ref, { type: 'apply', body }, { signal, dryRun, force });
      if (resource.group === CUSTOM_RESOURCE_DEFINITIONS.group && resource.kind === CUSTOM_RESOURCE_DEFINITIONS.kind) {
        this.#crds.push(name);
      }
      const same = before !== undefined && isSame(before, after);
      return { resource, object: after, outcome: before === undefined ? 'created' : same ? 'unchanged' : 'updated' };
    } catch (error) {
      throw isFieldConflict(error) ? explainConflict(error, objectName(resource, ref)) : error;
    }
  }

  async #kindOf(object: KubeObject): Promise<ServedResource> {
    const { client } = this.#target;
    const { signal, clock, dryRun } = this.#options;
    const known = await kindOf(client, object, signal);
    if (known !== undefined) return known;
    if (this.#crds.length > 0 && !dryRun) {
      await waitUntilEstablished(client, this.#crds, { signal, clock });
      const served = await kindOf(client, object, signal);
      if (served !== undefined) return served;
    }
    throw new CliError(`${client.cluster} serves no ${object.kind ?? ''} of ${object.apiVersion ?? ''}`, {
      hint: 'is its CRD applied, and is the apiVersion right?',
    });
  }
}

/** But for who owns which field: that may change with an apply that changes nothing else. */
function isSame(before: KubeObject, after: KubeObject): boolean {
  return contentOf(before) === contentOf(after);
}

function contentOf({ metadata, ...object }: KubeObject): string {
  const { managedFields: _managedFields, resourceVersion: _resourceVersion, ...kept } = metadata;
  return JSON.stringify({ ...object, metadata: kept });
}

function isFieldConflict(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    error.code === 409 &&
    (error.body?.details?.causes ?? []).some(({ reason }) => reason === 'FieldManagerConflict')
  );
}

function explainConflict(error: ApiError, name: string): CliError {
  const causes = (error.body?.details?.causes ?? []).filter(({ reason }) => reason === 'FieldManagerConflict');
  const fields = causes.map(({ field = '', message = '' }) => {
    const owner = /^conflict with "([^"]*)"/.exec(message)?.[1];
    return `${field} (${owner ?? message})`;
  });
  return new CliError(`${name}: fields are owned by somebody else: ${fields.join(', ')}`, {
    hint: 'leave them out to let the owner decide, or take them over with --force-conflicts',
    cause: error,
  });
}
