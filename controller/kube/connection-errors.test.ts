import { describe, expect, it } from 'vitest';
import { toConnectionError } from './connection-errors.ts';
import { ConnectionError } from './errors.ts';

const route = { cluster: 'earth', server: 'https://10.0.0.1:6443', host: '10.0.0.1' };
const failed = (code: string, message = '') => Object.assign(new Error(message), { code });

describe('a person reads', () => {
  it.each([
    ['ECONNREFUSED', 'nothing listens there (connection refused)'],
    ['ENOTFOUND', 'no such host name'],
    ['EAI_AGAIN', 'the host name cannot be resolved just now (no answer from DNS)'],
    ['ETIMEDOUT', 'no answer (timed out)'],
    ['EHOSTUNREACH', 'no route to the host'],
    ['ENETUNREACH', 'no route to its network'],
    ['ECONNRESET', 'the connection was closed before the answer was complete'],
  ])('what %s means', (code, words) => {
    const error = toConnectionError(failed(code), route);
    expect([error.code, error.cluster]).toEqual([code, 'earth']);
    expect(error.message).toBe(`cluster "earth" at https://10.0.0.1:6443: ${words}`);
  });

  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'untrusted'],
    ['CERT_HAS_EXPIRED', 'expired'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'notTls'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'clientCertificate'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'clientCertificate'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'clientCertificate'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'clientCertificate'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'other'],
  ])('what %s is about: %s', (code, tlsProblem) => {
    expect(toConnectionError(failed(code), route)).toMatchObject({ code: 'TLS', tlsProblem });
  });

  it('one reason when several addresses were tried', () => {
    const bundle = new AggregateError([failed('ECONNREFUSED'), failed('ENETUNREACH')]);
    expect(toConnectionError(bundle, route)).toMatchObject({ code: 'ECONNREFUSED', cause: bundle });
  });

  it('one line, whatever was thrown', () => {
    expect(toConnectionError(failed('EWEIRD', 'first\n  second'), route).message).toBe(
      'cluster "earth" at https://10.0.0.1:6443: first second',
    );
    expect(toConnectionError('a string', route)).toMatchObject({ code: 'UNKNOWN' });
  });
});

it('leaves alone what has been said already', () => {
  const error = new ConnectionError('said', { code: 'CLOSED' });
  expect(toConnectionError(error, route)).toBe(error);
});
