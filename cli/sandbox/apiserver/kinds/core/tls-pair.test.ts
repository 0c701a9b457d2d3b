import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from '../../../../../controller/kube/certificates.ts';
import { tlsPairProblem } from './tls-pair.ts';

const { certPem, keyPem } = createCertificateAuthority('x');
const keyOf = (namedCurve: string): string =>
  String(generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'pem', type: 'sec1' }));

test('a certificate and its key are a pair, also within other text', () => {
  expect(tlsPairProblem(certPem, keyPem)).toBeUndefined();
  expect(tlsPairProblem(`Subject: x\n${certPem}${certPem}`, `\n${keyPem}`)).toBeUndefined();
});

test.each([
  ['', keyPem, 'tls: failed to find any PEM data in certificate input'],
  [certPem, '', 'tls: failed to find any PEM data in key input'],
  [certPem, certPem, 'tls: found a certificate rather than a key in the PEM for the private key'],
  [certPem, keyOf('P-256'), 'tls: private key does not match public key'],
])('what is no pair is told in the words of Go', (certificate, key, problem) => {
  expect(tlsPairProblem(certificate, key)).toBe(problem);
});
