import { describe, expect, it } from 'vitest';
import { ApiError } from '../../kube/errors.ts';
import { describeRefused, refusedFields, wouldBeAccepted } from './immutable.ts';

interface Answer {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly causes?: readonly { readonly field?: string; readonly message: string }[];
}

function error({ code, reason, message, causes = [] }: Answer): ApiError {
  return new ApiError(message, {
    code,
    reason,
    method: 'PUT',
    path: '/',
    body: { apiVersion: 'v1', kind: 'Status', code, reason, message, details: { causes: [...causes] } },
  });
}

const invalid = (field: string, said: string): ApiError =>
  error({
    code: 422,
    reason: 'Invalid',
    message: `X "p" is invalid: ${field}: ${said}`,
    causes: [{ field, message: said }],
  });

describe('what an API server says of a change that it refuses', () => {
  // As kube-apiserver 1.36 words it.
  it.each([
    ['spec.selector', 'Invalid value: {"matchLabels":{"app":"b"}}: field is immutable', 'field is immutable'],
    ['spec.template', `Invalid value: {"labels":{"app":"a: b"},"spec":[]}: field is immutable`, 'field is immutable'],
    ['spec.clusterIPs[0]', 'Invalid value: ["10.0.0.77"]: may not change once set', 'may not change once set'],
    ['data', 'Forbidden: field is immutable when `immutable` is set', 'field is immutable when `immutable` is set'],
    ['value', 'Forbidden: may not be changed in an update.', 'may not be changed in an update.'],
    ['spec.size', 'Invalid value: 2: size stays for ever', 'Invalid value: 2: size stays for ever'],
    [
      'spec',
      'Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n@@ -10,7 +10,7 @@\n   }\n',
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    ],
  ])('names %s in one line', (field, said, brief) => {
    expect(refusedFields(invalid(field, said))).toEqual([{ field, said: brief }]);
  });

  it('stays short however many fields and however long the values are', () => {
    const causes = Array.from({ length: 9 }, (_, index) => ({ field: `spec.f${index}`, message: 'x'.repeat(1000) }));
    const fields = refusedFields(error({ code: 422, reason: 'Invalid', message: 'invalid', causes }));
    const words = describeRefused(fields);
    expect(words).toMatch(/^spec\.f0 \(x+ \[…\]\), .*, 4 more$/);
    expect(words.length).toBeLessThan(2000);
  });

  it.each<[string, Answer]>([
    ['a conflict', { code: 409, reason: 'Conflict', message: 'field is immutable' }],
    ['a refusal without fields', { code: 422, reason: 'Invalid', message: 'field is immutable' }],
    [
      'a policy',
      {
        code: 422,
        reason: 'Invalid',
        message: 'configmaps "p" is forbidden: ValidatingAdmissionPolicy …',
        causes: [{ message: 'field is immutable' }],
      },
    ],
    [
      'a webhook',
      {
        code: 422,
        reason: 'Invalid',
        message: 'admission webhook "guard.example.com" denied the request: field is immutable',
        causes: [{ field: 'spec.selector', message: 'field is immutable' }],
      },
    ],
  ])('is no word about a field when it is %s', (_, answer) => {
    expect(refusedFields(error(answer))).toEqual([]);
  });
});

describe('the trial of a new object', () => {
  it.each<[string, Answer, boolean]>([
    ['its name is taken', { code: 409, reason: 'AlreadyExists', message: 'already exists' }, true],
    ['the quota is used up, by the copy too', { code: 403, reason: 'Forbidden', message: 'exceeded quota: q' }, true],
    [
      'its port is taken, by the copy itself',
      {
        code: 422,
        reason: 'Invalid',
        message: 'Service "p" is invalid',
        causes: [
          { field: 'spec.ports[0].nodePort', message: 'Invalid value: 30080: provided port is already allocated' },
        ],
      },
      true,
    ],
    ['somebody forbids it', { code: 403, reason: 'Forbidden', message: 'cannot create' }, false],
    [
      'a field is wrong',
      {
        code: 422,
        reason: 'Invalid',
        message: 'X "p" is invalid',
        causes: [{ field: 'spec.other', message: 'Invalid value: -2: must be positive' }],
      },
      false,
    ],
  ])('when %s', (_, answer, accepted) => {
    expect(wouldBeAccepted(error(answer))).toBe(accepted);
  });

  it('that got no answer proves nothing', () => {
    expect(wouldBeAccepted(new Error('gone'))).toBe(false);
  });
});
