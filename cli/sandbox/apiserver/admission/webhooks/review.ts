import { randomUUID } from 'node:crypto';
import type { DeepReadonly, KubeObject, Status } from '../../../../../apis/meta/v1.ts';
import { StatusError } from '../../errors/status-error.ts';
import type { ResourceDefinition } from '../../resources/resource-definition.ts';
import { answerProblem } from './answer-shape.ts';
import { nameOf, namespaceOf, type ReviewedWrite, type Webhook } from './webhook.ts';

/** Why a webhook could not be asked or understood: what `failurePolicy` is about. Begins after `failed calling webhook "x": `. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
}

export interface Review {
  readonly uid: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ReviewAnswer {
  readonly allowed: boolean;
  readonly status: Status | undefined;
  readonly warnings: readonly string[];
  /** Still encoded. */
  readonly patch: string | undefined;
  readonly patchType: string;
}

const GROUP = 'admission.k8s.io';

/**
 * What a webhook is sent about a write.
 *
 * @throws {CallFailure} it understands no version of AdmissionReview that there is.
 */
export function reviewOf(
  webhook: Webhook,
  write: ReviewedWrite,
  seenAs: ResourceDefinition,
  object: DeepReadonly<KubeObject> | undefined,
): Review {
  const version = (webhook.admissionReviewVersions ?? []).find((known) => known === 'v1' || known === 'v1beta1');
  if (version === undefined) {
    const why = 'webhook does not accept known AdmissionReview versions (v1, v1beta1)';
    throw new CallFailure(`could not create admission objects: ${why}`);
  }
  const { definition, subresource, user } = write;
  const uid = randomUUID();
  const parts = subresource === '' ? {} : { subResource: subresource };
  const name = nameOf(write, object);
  const namespace = namespaceOf(write, object);
  const request = {
    uid,
    kind: kindOf(seenAs, subresource),
    resource: resourceOf(seenAs),
    ...parts,
    requestKind: kindOf(definition, subresource),
    requestResource: resourceOf(definition),
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation: write.operation,
    userInfo: {
      username: user.username,
      ...(user.uid === undefined || user.uid === '' ? {} : { uid: user.uid }),
      ...(user.groups.length === 0 ? {} : { groups: user.groups }),
      ...(user.extra === undefined ? {} : { extra: user.extra }),
    },
    object: shown(object, write, seenAs),
    oldObject: shown(write.oldObject, write, seenAs),
    dryRun: write.dryRun,
    options: Object.keys(write.options).length === 0 ? null : write.options,
  };
  return { uid, body: { kind: 'AdmissionReview', apiVersion: `${GROUP}/${version}`, request } };
}

/**
 * What the webhook answered.
 *
 * @throws {CallFailure} it is no answer to this review.
 */
export function answerOf(text: string, { uid, body }: Review, mutating: boolean): ReviewAnswer {
  const review = parsed(text);
  const version = String(body.apiVersion);
  expectReview(review, version);
  const problem = answerProblem(review);
  if (problem !== undefined) throw notCalled(problem);
  const response = review.response as Readonly<Record<string, unknown>> | undefined | null;
  if (response === undefined || response === null) throw invalidAnswer('webhook response was absent');
  const { patch, patchType } = response;
  if (version === `${GROUP}/v1`) {
    if (response.uid !== uid) {
      throw invalidAnswer(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
    }
    expectPatch(patch, patchType, mutating);
  }
  const { allowed, status, warnings } = response;
  return {
    allowed: allowed === true,
    status: (status as Status | undefined | null) ?? undefined,
    warnings: Array.isArray(warnings) ? warnings.filter((warning) => typeof warning === 'string') : [],
    patch: mutating && typeof patch === 'string' && patch !== '' ? patch : undefined,
    patchType: version === `${GROUP}/v1` ? String(patchType ?? '') : 'JSONPatch', // v1beta1 knew no other
  };
}

/** What the client gets for a write that a webhook refused. */
export function denial({ name }: Webhook, given: Status | undefined): StatusError {
  const denied = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = given?.message || given?.reason;
  const code = given?.code ?? 0;
  return new StatusError({
    ...{ metadata: {} },
    ...given,
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: why ? `${denied}: ${why}` : `${denied} without explanation`,
    code: Math.max(code, 400),
  });
}

function expectPatch(patch: unknown, patchType: unknown, mutating: boolean): void {
  const hasPatch = typeof patch === 'string' && patch !== '';
  const hasType = patchType !== undefined && patchType !== null;
  if (!mutating) {
    if (hasPatch) throw invalidAnswer('validating webhook may not return response.patch');
    if (hasType) throw invalidAnswer('validating webhook may not return response.patchType');
    return;
  }
  if (hasPatch && !hasType) throw invalidAnswer('webhook returned response.patch but not response.patchType');
  if (!hasPatch && hasType) throw invalidAnswer('webhook returned response.patchType but not response.patch');
  if (patchType === '') throw invalidAnswer('webhook returned invalid response.patchType of ""');
}

/** What the answer leaves out is taken to be what was asked for. */
function expectReview(review: Readonly<Record<string, unknown>>, version: string): void {
  const { kind, apiVersion } = review;
  const [answeredKind, answered] = [textOr(kind, 'AdmissionReview'), textOr(apiVersion, version)];
  if (answeredKind === 'AdmissionReview') {
    if (answered === version) return;
    if (/^admission\.k8s\.io\/v1(beta1)?$/.test(answered)) {
      const [given, asked] = [answered, version].map((known) => `${known.split('/')[1]}.AdmissionReview`);
      throw notCalled(`converting (${given}) to (${asked}): unknown conversion`);
    }
  }
  const registered = `for version ${JSON.stringify(answered)} in scheme "pkg/runtime/scheme.go:111"`;
  throw notCalled(`no kind ${JSON.stringify(answeredKind)} is registered ${registered}`);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = text; // told below, as of all that is no object
  }
  if (value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  const fields = 'APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\""';
  const what = Array.isArray(value) ? 'array' : typeof value;
  const why = `json: cannot unmarshal ${what} into Go value of type struct { ${fields} }`;
  throw notCalled(`couldn't get version/kind; json parse error: ${why}`);
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

export function notCalled(why: string): CallFailure {
  return new CallFailure(`failed to call webhook: ${why}`);
}

function invalidAnswer(why: string): CallFailure {
  return new CallFailure(`received invalid webhook response: ${why}`);
}

function kindOf({ group, version, kind, subresources }: ResourceDefinition, subresource: string): unknown {
  const part = Object.hasOwn(subresources, subresource) ? subresources[subresource] : undefined;
  const speaks = part?.kind === 'action' ? part.responseKind : { group, version, kind };
  return { group: speaks.group, version: speaks.version, kind: speaks.kind };
}

function resourceOf({ group, version, plural }: ResourceDefinition): unknown {
  return { group, version, resource: plural };
}

/** In the version that the webhook asks for. */
function shown(
  object: DeepReadonly<KubeObject> | undefined,
  { definition, subresource }: ReviewedWrite,
  seenAs: ResourceDefinition,
): unknown {
  if (object === undefined) return null;
  const { kind, apiVersion, ...content } = object;
  if (definition.subresources[subresource]?.kind === 'action') return object;
  const ownVersion = definition.group === '' ? definition.version : `${definition.group}/${definition.version}`;
  const whole = { kind: definition.kind, apiVersion: ownVersion, ...content };
  return seenAs === definition ? whole : inVersion(seenAs, definition, whole);
}

/** The object as another version of its kind. */
export function inVersion(
  wanted: ResourceDefinition,
  given: ResourceDefinition,
  object: DeepReadonly<KubeObject>,
): KubeObject {
  const stored = given.conversion?.toStored(object as KubeObject) ?? object;
  const converted = wanted.conversion?.fromStored(stored) ?? stored;
  const apiVersion = wanted.group === '' ? wanted.version : `${wanted.group}/${wanted.version}`;
  return { ...(converted as KubeObject), apiVersion };
}
