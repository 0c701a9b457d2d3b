import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../kube/certificates.ts';
import { pemBlocks } from '../kube/tls.ts';
import { DirectoryCertificate } from './directory-certificate.ts';
import { bundleWith, isTrustedBy, usable } from './serving-certificate.ts';

const signal = new AbortController().signal;
const now = Date.now();
const authority = (notAfter = new Date(now + 1_000_000)) => createCertificateAuthority('CA', { notAfter });
const issued = (from = authority()) => ({
  ...from.issue({ commonName: 'webhook', usage: 'server', dnsNames: ['webhook'] }),
  caPem: from.certPem,
});

describe('the bundle', () => {
  const [first, second] = [authority(), authority()];

  it('keeps the old authority beside the new one, so that either certificate is trusted meanwhile', () => {
    const bundle = bundleWith(first.certPem, second.certPem, now);
    expect(isTrustedBy(bundle, first.certPem)).toBe(true);
    expect(isTrustedBy(bundle, second.certPem)).toBe(true);
    expect(isTrustedBy(first.certPem, second.certPem)).toBe(false);
  });

  it('stays as it is when it has the authority, so that replicas do not write in turns', () => {
    const bundle = bundleWith(first.certPem, second.certPem, now);
    expect(bundleWith(bundle, first.certPem, now)).toBe(bundle);
    expect(bundleWith(bundle, second.certPem, now)).toBe(bundle);
  });

  it('loses what has expired, what cannot be read, and does not grow for ever', () => {
    const expired = authority(new Date(now - 1_000));
    const spoilt = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(bundleWith(expired.certPem + spoilt, first.certPem, now).trim()).toBe(first.certPem.trim());
    let bundle = '';
    for (let turn = 0; turn < 8; turn++) bundle = bundleWith(bundle, authority().certPem, now);
    expect(pemBlocks(bundle)).toHaveLength(4);
  });
});

describe('a certificate', () => {
  it('is used with its own key only', () => {
    expect(usable(issued())).toBeDefined();
    expect(() => usable({ ...issued(), keyPem: issued().keyPem })).toThrow('tls.key is not the key of tls.crt');
    expect(() => usable({ certPem: '', keyPem: '' })).toThrow('there is no PEM certificate in tls.crt');
  });

  it('that is signed by itself is its own authority', () => {
    const { certPem, keyPem } = authority();
    expect(usable({ certPem, keyPem }).caPem?.trim()).toBe(certPem.trim());
    const { caPem: _, ...without } = issued();
    expect(usable(without).caPem).toBeUndefined();
  });
});

describe('a directory with a certificate', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'webhook-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function put(certificate: { certPem: string; keyPem: string; caPem?: string }): Promise<void> {
    await writeFile(join(directory, 'tls.crt'), certificate.certPem);
    await writeFile(join(directory, 'tls.key'), certificate.keyPem);
    if (certificate.caPem !== undefined) await writeFile(join(directory, 'ca.crt'), certificate.caPem);
  }

  it('is read anew each time', async () => {
    const source = new DirectoryCertificate(directory);
    const [one, two] = [issued(), issued()];
    await put(one);
    expect(await source.read(signal)).toEqual(one);
    await put(two);
    expect(await source.read(signal)).toEqual(two);
  });

  it('half changed, or empty, says what is wrong, so that the old one stays', async () => {
    const source = new DirectoryCertificate(directory);
    await expect(source.read(signal)).rejects.toThrow(`the certificate in ${directory} cannot be used: ENOENT`);
    await put({ ...issued(), keyPem: issued().keyPem });
    await expect(source.read(signal)).rejects.toThrow('tls.key is not the key of tls.crt');
  });
});
