import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answerOf, CallFailure } from '../../cli/sandbox/apiserver/admission/webhooks/review.ts';
import { allows, missingRights } from '../../cli/sandbox/apiserver/authorization/policy-rule.ts';
import { Access, person } from '../../cli/sandbox/apiserver/authorization/testing/access.ts';
import { negotiate } from '../../cli/sandbox/apiserver/discovery/accept.ts';
import type { Attributes, PolicyRule } from '../../cli/sandbox/apiserver/resources/authorizer.ts';
import { InvalidToken } from '../../cli/sandbox/apiserver/resources/token-authentication.ts';

const some = (...values: string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

const resourceRule: fc.Arbitrary<PolicyRule> = fc.record(
  {
    verbs: some('get', 'list', 'create', '*'),
    apiGroups: some('', 'apps', '*'),
    resources: some('pods', 'pods/log', '*/log', 'deployments', 'deployments/scale', '*'),
    resourceNames: some('a', 'b'),
  },
  { requiredKeys: ['verbs', 'apiGroups', 'resources'] },
);
const urlRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: some('get', 'post', '*'),
  nonResourceURLs: some('/healthz', '/healthz/*', '/api', '/api/*', '*'),
});
const rules = fc.array(fc.oneof(resourceRule, urlRule), { maxLength: 4 });

const common = { user: person('jane'), version: 'v1', namespace: '' };
const requests: readonly Attributes[] = [
  ...['get', 'list', 'create', 'watch'].flatMap((verb) =>
    ['', 'apps', 'batch'].flatMap((group) =>
      ['pods', 'deployments', 'jobs'].flatMap((resource) =>
        ['', 'log', 'scale'].flatMap((subresource) =>
          ['', 'a', 'c'].map((name) => ({
            ...common,
            verb,
            group,
            resource,
            subresource,
            name,
            resourceRequest: true,
          })),
        ),
      ),
    ),
  ),
  ...['get', 'post', 'put'].flatMap((verb) =>
    ['/healthz', '/healthz/ping', '/api', '/api/v1', '/other'].map((path) => ({
      ...{ ...common, verb, path, group: '', resource: '', subresource: '', name: '' },
      resourceRequest: false,
    })),
  ),
];

it('who holds all rights of a role may do all that the role allows', () => {
  fc.assert(
    fc.property(rules, rules, (held, wanted) => {
      fc.pre(missingRights(held, wanted).length === 0);
      for (const request of requests) {
        if (!wanted.some((rule) => allows(rule, request))) continue;
        expect(held.some((rule) => allows(rule, request))).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

it('everybody holds what they hold, and nobody holds more for being told twice', () => {
  fc.assert(
    fc.property(rules, rules, (held, wanted) => {
      expect(missingRights(held, held)).toEqual([]);
      const missing = missingRights(held, wanted);
      expect(missingRights([...held, ...missing], wanted)).toEqual([]);
      expect(missingRights([...held, ...held], wanted)).toEqual(missing);
    }),
  );
});

it('no text is taken for a token, and none breaks the server', () => {
  const access = new Access();
  const part = fc.oneof(
    fc.base64String(),
    fc.string(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
  );
  const token = fc.oneof(
    fc.string(),
    fc.tuple(part, part, part).map((parts) => parts.join('.')),
  );
  fc.assert(
    fc.property(token, (text) => {
      expect(() => access.authenticator.authenticateToken(text)).toThrow(InvalidToken);
    }),
    { numRuns: 500 },
  );
});

it('whatever a webhook answers is an answer or a failure that is told', () => {
  const body = { apiVersion: 'admission.k8s.io/v1' };
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .jsonValue()
      .map((response) => JSON.stringify({ kind: 'AdmissionReview', apiVersion: body.apiVersion, response })),
    fc
      .record(
        { uid: fc.constant('u'), allowed: fc.jsonValue(), status: fc.jsonValue(), warnings: fc.jsonValue() },
        { requiredKeys: ['uid'] },
      )
      .map((response) => JSON.stringify({ response })),
  );
  fc.assert(
    fc.property(anything, fc.boolean(), (text, mutating) => {
      try {
        expect(typeof answerOf(text, { uid: 'u', body }, mutating).allowed).toBe('boolean');
      } catch (error) {
        expect(error).toBeInstanceOf(CallFailure);
      }
    }),
    { numRuns: 500 },
  );
});

it('any Accept header leads to a representation or to none', () => {
  const clause = fc.oneof(
    fc.string(),
    fc.constantFrom('application/json', '*/*', 'application/yaml;q=0.5', 'application/json;as=Table', ';', 'q=;q=x'),
  );
  fc.assert(
    fc.property(fc.array(clause), fc.boolean(), (clauses, aggregated) => {
      const found = negotiate(clauses.join(','), { aggregated });
      expect([undefined, 'json', 'yaml', 'aggregated']).toContain(found);
    }),
  );
});
