import { expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { StatusError } from '../errors/status-error.ts';
import type { WriteContext } from '../resources/resource-definition.ts';
import {
  answerLocalSubjectAccessReview,
  answerSelfSubjectAccessReview,
  answerSelfSubjectRulesReview,
  answerSubjectAccessReview,
} from './reviews.ts';
import { Access, person } from './testing/access.ts';

type Answer = typeof answerSubjectAccessReview;

function review(answer: Answer, spec: unknown, context: WriteContext, metadata = {}): unknown {
  const sent: KubeObject = { apiVersion: 'authorization.k8s.io/v1', kind: 'X', metadata, spec };
  try {
    return answer(sent, 'default', context).status;
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
}

it('a review tells whether somebody may do something, and why', () => {
  const access = new Access();
  access.bind('ops-view', 'ClusterRole view', 'Group ops');
  access.bind('lost', 'Role gone', 'User jane', 'default');
  const context = access.context();
  const asked = { namespace: 'default', verb: 'list', resource: 'pods' };
  expect(review(answerSubjectAccessReview, { groups: ['ops'], resourceAttributes: asked }, context)).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by ClusterRoleBinding "ops-view" of ClusterRole "view" to Group "ops"',
  });
  expect(review(answerSubjectAccessReview, { user: 'jane', resourceAttributes: asked }, context)).toEqual({
    allowed: false,
    reason: 'RBAC: role.rbac.authorization.k8s.io "gone" not found',
  });
  const path = { nonResourceAttributes: { verb: 'get', path: '/healthz' } };
  expect(review(answerSubjectAccessReview, { user: 'x', ...path }, context)).toEqual({ allowed: false });
  expect(review(answerSelfSubjectAccessReview, path, access.context(person('x')))).toMatchObject({ allowed: true });
  expect(review(answerSelfSubjectAccessReview, { resourceAttributes: { namespace: 'q' } }, context)).toEqual({
    allowed: true,
  });
  expect(review(answerLocalSubjectAccessReview, { user: 'x', resourceAttributes: asked }, context)).toEqual({
    allowed: false,
  });
});

it('selectors that cannot be understood are told about, and ignored', () => {
  const context = new Access().context();
  const ask = (fieldSelector: unknown, labelSelector: unknown) =>
    review(answerSubjectAccessReview, { user: 'x', resourceAttributes: { fieldSelector, labelSelector } }, context);
  expect(ask({ rawSelector: 'a' }, { rawSelector: 'a in' })).toEqual({
    allowed: false,
    evaluationError:
      'spec.resourceAttributes.fieldSelector ignored due to parse error; spec.resourceAttributes.labelSelector ignored due to parse error',
  });
  const requirements = [{ key: 'a', operator: 'In', values: ['c'] }];
  expect(ask({ requirements }, { rawSelector: 'a in (b)' })).toEqual({ allowed: false });
  expect(ask({ requirements, rawSelector: 'a' }, {})).toMatchObject({
    code: 422,
    message:
      '.authorization.k8s.io "" is invalid: [spec.resourceAttributes.fieldSelector.rawSelector: Invalid value: "a": may not specified at the same time as requirements, spec.resourceAttributes.labelSelector.requirements: Required value: when spec.resourceAttributes.labelSelector is specified, requirements or rawSelector is required]',
  });
});

it('a question that makes no sense is refused in the words of Kubernetes', () => {
  const context = new Access().context();
  expect(review(answerSubjectAccessReview, {}, context)).toMatchObject({
    code: 422,
    details: { group: 'authorization.k8s.io', causes: [{ field: 'spec.resourceAttributes' }, { field: 'spec.user' }] },
    message:
      '.authorization.k8s.io "" is invalid: [spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: Invalid value: "": at least one of user or group must be specified]',
  });
  const both = { user: 'x', resourceAttributes: {}, nonResourceAttributes: { verb: 'x' } };
  expect(review(answerSubjectAccessReview, both, context)).toMatchObject({
    message:
      '.authorization.k8s.io "" is invalid: spec.nonResourceAttributes: Invalid value: {"Path":"","Verb":"x"}: cannot be specified in combination with resourceAttributes',
  });
  const named = review(answerSubjectAccessReview, { user: 'x', resourceAttributes: {} }, context, { name: 'x' });
  expect(named).toMatchObject({
    message: '.authorization.k8s.io "" is invalid: metadata: Invalid value: {"name":"x"}: must be empty',
  });
  const elsewhere = { user: 'x', resourceAttributes: { namespace: 'q' } };
  expect(review(answerLocalSubjectAccessReview, elsewhere, context, { namespace: 'default' })).toMatchObject({
    message:
      '.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "q": must match metadata.namespace',
  });
  expect(review(answerSelfSubjectRulesReview, {}, context)).toMatchObject({
    code: 400,
    message: 'no namespace on request',
  });
});

it('kubectl auth can-i --list shows all rules of a user, and what could not be followed', () => {
  const access = new Access();
  access.bind('lost', 'Role gone', 'User jane', 'default');
  expect(review(answerSelfSubjectRulesReview, { namespace: 'default' }, access.context(person('jane')))).toEqual({
    resourceRules: [
      {
        verbs: ['create'],
        apiGroups: ['authorization.k8s.io'],
        resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      },
      { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
    ],
    nonResourceRules: expect.arrayContaining([
      { verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] },
    ]),
    incomplete: false,
    evaluationError: 'role.rbac.authorization.k8s.io "gone" not found',
  });
});
