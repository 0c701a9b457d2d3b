import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { badRequest, type FieldError, invalid, StatusError } from '../errors/status-error.ts';
import type { Attributes, PolicyRule } from '../resources/authorizer.ts';
import type { WriteContext } from '../resources/resource-definition.ts';
import type { UserInfo } from '../user/user-info.ts';
import { aggregate } from './rbac-authorizer.ts';
import { type FieldSelector, type LabelSelector, selectorErrors, selectorProblems } from './review-selectors.ts';

interface ResourceAttributes {
  readonly namespace?: string;
  readonly verb?: string;
  readonly group?: string;
  readonly version?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly fieldSelector?: FieldSelector | null;
  readonly labelSelector?: LabelSelector | null;
}

interface NonResourceAttributes {
  readonly path?: string;
  readonly verb?: string;
}

interface AccessSpec {
  readonly resourceAttributes?: ResourceAttributes | null;
  readonly nonResourceAttributes?: NonResourceAttributes | null;
  readonly user?: string;
  readonly uid?: string;
  readonly groups?: readonly string[] | null;
  readonly extra?: Readonly<Record<string, readonly string[]>> | null;
}

type Sent = DeepReadonly<KubeObject>;

/** `answer` of SubjectAccessReview: may that user do this? */
export function answerSubjectAccessReview(sent: Sent, _namespace: string, context: WriteContext): KubeObject {
  const spec = specOf(sent);
  refuse([...wrongAttributes(spec), ...nobody(spec), ...selectorsWrong(spec), ...notEmpty(sent, 'must be empty')]);
  return reviewed(sent, spec, userOf(spec), context);
}

/** `answer` of LocalSubjectAccessReview: the same in one namespace. */
export function answerLocalSubjectAccessReview(sent: Sent, namespace: string, context: WriteContext): KubeObject {
  const spec = specOf(sent);
  const errors = [...wrongAttributes(spec), ...nobody(spec), ...selectorsWrong(spec)];
  errors.push(...notEmpty(sent, 'must be empty except for namespace', 'namespace'));
  if (spec.resourceAttributes && (spec.resourceAttributes.namespace ?? '') !== namespace) {
    const { namespace: other = '' } = spec.resourceAttributes;
    errors.push(wrong('spec.resourceAttributes.namespace', other, 'must match metadata.namespace'));
  }
  if (spec.nonResourceAttributes) {
    errors.push(wrong(NON_RESOURCE, inGo(spec.nonResourceAttributes), 'disallowed on this kind of request'));
  }
  refuse(errors);
  return reviewed(sent, spec, userOf(spec), context);
}

/** `answer` of SelfSubjectAccessReview: `kubectl auth can-i`. */
export function answerSelfSubjectAccessReview(sent: Sent, _namespace: string, context: WriteContext): KubeObject {
  const spec = specOf(sent);
  refuse([...wrongAttributes(spec), ...selectorsWrong(spec), ...notEmpty(sent, 'must be empty')]);
  return reviewed(sent, spec, context.user, context);
}

/** `answer` of SelfSubjectRulesReview: `kubectl auth can-i --list`. */
export function answerSelfSubjectRulesReview(
  sent: Sent,
  _namespace: string,
  { cluster, user }: WriteContext,
): KubeObject {
  const { namespace = '' } = (sent.spec ?? {}) as { readonly namespace?: string };
  if (namespace === '') throw badRequest('no namespace on request');
  const { rules, errors } = cluster.authorizer.rulesFor(user, namespace);
  return {
    kind: 'SelfSubjectRulesReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: {},
    status: {
      resourceRules: rules.filter(({ resources }) => resources?.length).map(resourceRule),
      nonResourceRules: rules.filter((rule) => rule.nonResourceURLs?.length).map(nonResourceRule),
      incomplete: false,
      ...(errors.length === 0 ? {} : { evaluationError: aggregate(errors) }),
    },
  };
}

function resourceRule({ verbs, apiGroups, resources, resourceNames }: PolicyRule): PolicyRule {
  return {
    verbs,
    ...(apiGroups?.length ? { apiGroups } : {}),
    ...(resources?.length ? { resources } : {}),
    ...(resourceNames?.length ? { resourceNames } : {}),
  };
}

function nonResourceRule({ verbs, nonResourceURLs = [] }: PolicyRule): PolicyRule {
  return { verbs, nonResourceURLs };
}

function reviewed(sent: Sent, spec: AccessSpec, user: UserInfo, { cluster }: WriteContext): KubeObject {
  const { allowed, reason } = cluster.authorizer.authorize(attributesOf(spec, user));
  const problems = selectorProblems(spec.resourceAttributes?.fieldSelector, spec.resourceAttributes?.labelSelector);
  const status = {
    allowed,
    ...(reason === '' ? {} : { reason }),
    ...(problems.length === 0 ? {} : { evaluationError: problems.join('; ') }),
  };
  return { ...(sent as KubeObject), status };
}

function attributesOf({ resourceAttributes: asked, nonResourceAttributes }: AccessSpec, user: UserInfo): Attributes {
  const common = { user, group: '', version: '*', resource: '', subresource: '', namespace: '', name: '' };
  if (!asked) {
    const { path = '', verb = '' } = nonResourceAttributes ?? {};
    return { ...common, verb, path, resourceRequest: false };
  }
  return {
    ...common,
    verb: asked.verb ?? '',
    group: asked.group ?? '',
    version: asked.version || '*',
    resource: asked.resource ?? '',
    subresource: asked.subresource ?? '',
    namespace: asked.namespace ?? '',
    name: asked.name ?? '',
    resourceRequest: true,
  };
}

function userOf({ user = '', uid, groups, extra }: AccessSpec): UserInfo {
  return { username: user, groups: groups ?? [], ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) };
}

function specOf(sent: Sent): AccessSpec {
  return (sent.spec ?? {}) as AccessSpec;
}

// ---- what is wrong with the question

const NON_RESOURCE = 'spec.nonResourceAttributes';

function wrongAttributes({ resourceAttributes, nonResourceAttributes }: AccessSpec): FieldError[] {
  if (resourceAttributes && nonResourceAttributes) {
    const value = inGo(nonResourceAttributes);
    return [wrong(NON_RESOURCE, value, 'cannot be specified in combination with resourceAttributes')];
  }
  if (resourceAttributes || nonResourceAttributes) return [];
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [wrong('spec.resourceAttributes', null, why)];
}

function nobody({ user = '', groups }: AccessSpec): FieldError[] {
  if (user !== '' || groups?.length) return [];
  return [wrong('spec.user', user, 'at least one of user or group must be specified')];
}

function selectorsWrong({ resourceAttributes }: AccessSpec): FieldError[] {
  return selectorErrors(resourceAttributes?.fieldSelector, resourceAttributes?.labelSelector);
}

function notEmpty({ metadata }: Sent, why: string, ...but: string[]): FieldError[] {
  const given = Object.entries(metadata ?? {}).filter(([key, value]) => {
    return key !== 'managedFields' && !but.includes(key) && value !== undefined && value !== null && value !== '';
  });
  return given.length === 0 ? [] : [wrong('metadata', metadata, why)];
}

function wrong(field: string, value: unknown, why: string): FieldError {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

/** Kubernetes prints its internal type, which has no JSON names. */
function inGo({ path = '', verb = '' }: NonResourceAttributes): unknown {
  return { Path: path, Verb: verb };
}

/** @throws {StatusError} 422, in which Kubernetes leaves the kind out. */
function refuse(errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  const { status } = invalid({ group: 'authorization.k8s.io', kind: '' }, '', errors);
  const { kind, ...details } = status.details ?? {};
  throw new StatusError({ ...status, details });
}
