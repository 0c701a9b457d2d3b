import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import { FOLLOWED_FROM_ANNOTATION } from '../../apis/well-known.ts';
import type { Client, ObjectRef } from '../kube/client.ts';
import { ApiError, isAlreadyExists, isConflict, isInvalid, isNotFound } from '../kube/errors.ts';
import type { ReconcileResult } from '../runtime/controller.ts';
import type { EventRecorder } from '../runtime/event-recorder.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { type Copy, markOf } from './copy.ts';
import { decide } from './decide.ts';
import { type Proof, proveDeletion } from './deletion-proof.ts';
import { federate, placementFor } from './federated-object.ts';
import type { FollowedKind } from './followed-kind.ts';
import { type OriginalLook, originalLook } from './original.ts';
import { followPatch, letGoPatch, type Operation } from './patch.ts';
import { RecentWrites } from './recent-writes.ts';

export interface FollowerOptions {
  readonly host: Client;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
}

export const EVENT_SOURCE = 'following-controller';

/** A plain object that changes with every second, or faster, is followed once in so long, milliseconds. */
const PACE_MS = 1_000;
/** The watch is nearly always faster. */
const LOOK_AGAIN_MS = 200;

/** What an API server made of a template that was written, where that is something else: a webhook changes it. */
interface Altered {
  readonly wanted: string;
  readonly got: string;
}

/** Makes the federated object of one name what the plain one of that name says. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #recent: RecentWrites;
  readonly #altered = new Map<string, Altered>();

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#recent = new RecentWrites({ clock: options.clock, paceMs: PACE_MS });
  }

  async reconcile(kind: FollowedKind, name: string, signal: AbortSignal): Promise<ReconcileResult> {
    if (!kind.synced) return {};
    const original = kind.original(name);
    const copy = kind.copy(name);
    const look = original === undefined ? undefined : originalLook(original, kind.target);
    const facts = copy && { mark: markOf(copy), digest: copy.digest, deleting: isDeleting(copy) };
    const verdict = decide(look, facts);
    if (verdict === 'leave') return {};
    if (verdict === 'notOurs') return this.#tellNotOurs(kind, copy);
    if (verdict === 'update' && this.#isAsAltered(kind, name, look, copy)) return {};
    const wait = this.#recent.waitFor(idOf(kind, name));
    if (wait > 0) return { requeueAfterMs: wait };
    const both = AbortSignal.any([signal, kind.signal]);
    try {
      if (original !== undefined && look !== undefined && verdict === 'create') {
        await this.#create(kind, original, look, both);
      } else if (copy !== undefined && look !== undefined && verdict === 'update') {
        await this.#update(kind, copy, look, both);
      } else if (copy !== undefined && verdict === 'letGo') {
        await this.#letGo(kind, copy, 'its plain object is left out now', both);
      } else if (copy !== undefined) {
        return await this.#delete(kind, copy, both);
      }
      return {};
    } catch (error) {
      if (kind.signal.aborted) return {};
      // Somebody else wrote it since it was read, or took it away.
      if (isConflict(error) || isAlreadyExists(error) || isFailedTest(error)) return { requeueAfterMs: LOOK_AGAIN_MS };
      this.#tellFailure(kind, original ?? copy, error);
      throw error;
    }
  }

  async #create(
    kind: FollowedKind,
    original: DeepReadonly<KubeObject>,
    look: OriginalLook,
    signal: AbortSignal,
  ): Promise<void> {
    const types = { targetType: asType(kind.target), federatedType: asType(kind.federated) };
    const object = federate(original as KubeObject, types, placementFor(undefined));
    object.metadata.annotations = { [FOLLOWED_FROM_ANNOTATION]: look.uid };
    const name = original.metadata.name ?? '';
    this.#recent.note(idOf(kind, name));
    this.#written(kind, name, look, await this.#options.host.create(kind.federated, object, { signal }));
  }

  async #update(kind: FollowedKind, copy: DeepReadonly<Copy>, look: OriginalLook, signal: AbortSignal): Promise<void> {
    const name = copy.metadata.name ?? '';
    this.#recent.note(idOf(kind, name));
    this.#written(kind, name, look, await this.#patch(kind, copy, followPatch(copy, look), signal));
  }

  async #letGo(kind: FollowedKind, copy: DeepReadonly<Copy>, why: string, signal: AbortSignal): Promise<void> {
    this.#recent.note(idOf(kind, copy.metadata.name ?? ''));
    kind.noteWrite(await this.#patch(kind, copy, letGoPatch(copy), signal));
    const message = `${why}: it stays as it is and is no longer changed or deleted with it`;
    this.#options.events.record(copy, 'Normal', 'LetGo', message, EVENT_SOURCE);
  }

  async #delete(kind: FollowedKind, copy: DeepReadonly<Copy>, signal: AbortSignal): Promise<ReconcileResult> {
    const { host } = this.#options;
    const { name = '', uid, resourceVersion, creationTimestamp } = copy.metadata;
    const proof = await proveDeletion(host, kind.target, refOf(kind, name), { since: creationTimestamp, signal });
    if (proof === 'withItsKind') {
      await this.#letGo(kind, copy, `its plain object went with the definition of ${kind.target.kind}`, signal);
      return {};
    }
    if (proof !== 'deleted') return { requeueAfterMs: LATER_MS[proof] };
    this.#recent.note(idOf(kind, name));
    try {
      const answer = await host.delete(kind.federated, refOf(kind, name), {
        preconditions: { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) },
        signal,
      });
      if (answer.metadata?.deletionTimestamp === undefined) kind.noteDelete(copy);
      else kind.noteWrite(answer);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    const what = `${kind.target.kind} "${kind.namespace}/${name}"`;
    this.#options.events.record(copy, 'Normal', 'DeletedAlong', `${what} was deleted`, EVENT_SOURCE);
    return {};
  }

  #patch(
    kind: FollowedKind,
    { metadata }: DeepReadonly<Copy>,
    body: readonly Operation[],
    signal: AbortSignal,
  ): Promise<KubeObject> {
    const ref = refOf(kind, metadata.name ?? '');
    return this.#options.host.patch(kind.federated, ref, { type: 'json', body }, { signal });
  }

  #written(kind: FollowedKind, name: string, look: OriginalLook, written: KubeObject): void {
    const copy = kind.noteWrite(written);
    const id = idOf(kind, name);
    if (copy === undefined || copy.digest === look.digest) {
      this.#altered.delete(id);
      return;
    }
    this.#altered.set(id, { wanted: look.digest, got: copy.digest });
    const message =
      'what was written is not what was stored: a webhook, or the schema of its kind, changes the template';
    this.#options.events.record(copy, 'Warning', 'TemplateAltered', message, EVENT_SOURCE);
    this.#options.log.warn({ kind: kind.federated.kind, namespace: kind.namespace, name }, message);
  }

  /** The same write would come to the same again, for ever. */
  #isAsAltered(
    kind: FollowedKind,
    name: string,
    look: OriginalLook | undefined,
    copy: DeepReadonly<Copy> | undefined,
  ): boolean {
    const altered = this.#altered.get(idOf(kind, name));
    const sameMark = copy !== undefined && markOf(copy) === look?.uid;
    return sameMark && altered?.wanted === look?.digest && altered?.got === copy.digest;
  }

  #tellNotOurs(kind: FollowedKind, copy: DeepReadonly<Copy> | undefined): ReconcileResult {
    if (copy === undefined) return {};
    const message =
      `it was not made by following, so what changes in the ${kind.target.kind} of its name does not change it; ` +
      `the annotation ${FOLLOWED_FROM_ANNOTATION}="" lets it follow`;
    this.#options.events.record(copy, 'Normal', 'NotFollowing', message, EVENT_SOURCE);
    return {};
  }

  #tellFailure(kind: FollowedKind, object: DeepReadonly<KubeObject> | undefined, error: unknown): void {
    if (object === undefined) return;
    const message = `${kind.federated.kind}: ${error instanceof Error ? error.message : String(error)}`;
    this.#options.events.record(object, 'Warning', 'FollowFailed', message, EVENT_SOURCE);
  }
}

/** A kind that is not served may be again; an object that is there is about to be shown by the watch. */
const LATER_MS: Readonly<Record<Exclude<Proof, 'deleted' | 'withItsKind'>, number>> = { there: 1_000, unknown: 30_000 };

/** A JSON patch whose conditions do not hold is answered like an invalid object, but names no field. */
function isFailedTest(error: unknown): boolean {
  return isInvalid(error) && error instanceof ApiError && (error.body?.details?.causes ?? []).length === 0;
}

function idOf({ federated, namespace }: FollowedKind, name: string): string {
  return `${federated.plural}.${federated.group}|${namespace}/${name}`;
}

function refOf({ namespace }: FollowedKind, name: string): ObjectRef {
  return { namespace, name };
}

function asType({ group, version, kind, plural, namespaced }: FollowedKind['target']) {
  return { group, version, kind, pluralName: plural, scope: namespaced ? 'Namespaced' : 'Cluster' } as const;
}

function isDeleting({ metadata }: DeepReadonly<KubeObject>): boolean {
  return metadata.deletionTimestamp !== undefined;
}
