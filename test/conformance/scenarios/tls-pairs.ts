import { generateKeyPairSync } from 'node:crypto';
import { createCertificateAuthority } from '../../../controller/kube/certificates.ts';

const PEM = { format: 'pem', type: 'pkcs8' } as const;
const { certPem: CERTIFICATE, keyPem: ITS_KEY } = createCertificateAuthority('x');
const ANOTHER_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  format: 'pem',
  type: 'sec1',
});
const KEY_OF_ANOTHER_KIND = generateKeyPairSync('ed25519').privateKey.export(PEM);
const BROKEN = `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`;
const BROKEN_KEY = `-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`;

/** What stands in `tls.crt` and `tls.key`. */
export const TLS_PAIRS: readonly (readonly [string, string])[] = [
  [CERTIFICATE, ITS_KEY],
  [`Subject: x\n${CERTIFICATE}${CERTIFICATE}`, `\n\n${ITS_KEY}`],
  [CERTIFICATE.replaceAll('\n', '\r\n'), ITS_KEY],
  [CERTIFICATE, String(ANOTHER_KEY)],
  [CERTIFICATE, String(KEY_OF_ANOTHER_KIND)],
  [ITS_KEY, CERTIFICATE],
  [CERTIFICATE, CERTIFICATE],
  [CERTIFICATE, ''],
  ['', ITS_KEY],
  [`${ITS_KEY}${ITS_KEY}`, ITS_KEY],
  [CERTIFICATE, `${CERTIFICATE}${CERTIFICATE}`],
  [BROKEN, ITS_KEY],
  [CERTIFICATE, BROKEN_KEY],
  ['-----BEGIN CERTIFICATE-----\n%%%%\n-----END CERTIFICATE-----\n', ITS_KEY],
];
