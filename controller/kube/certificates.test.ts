import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { createCertificateAuthority, restoreCertificateAuthority } from './certificates.ts';

it('a client that knows the authority trusts the server under each of its names, and the server knows the client', async () => {
  const authority = createCertificateAuthority('earth CA');
  const { certPem, keyPem } = authority.issue({
    commonName: 'earth',
    usage: 'server',
    dnsNames: ['localhost', 'earth'],
    ipAddresses: ['127.0.0.1', '::1'],
  });
  const client = authority.issue({ commonName: 'ann', organizations: ['dev', 'ops'], usage: 'client' });
  const server = createServer({ cert: certPem, key: keyPem, ca: authority.certPem, requestCert: true });
  server.on('secureConnection', (socket: TLSSocket) => {
    const { subject } = socket.getPeerCertificate();
    socket.end(`${subject.CN} of ${String(subject.O)}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  try {
    for (const name of ['localhost', 'earth', '127.0.0.1']) {
      const socket = connect({
        socket: connectTcp(port, '127.0.0.1'),
        host: name,
        ca: authority.certPem,
        cert: client.certPem,
        key: client.keyPem,
      });
      socket.setEncoding('utf8');
      let said = '';
      socket.on('data', (text: string) => {
        said += text;
      });
      await once(socket, 'end');
      expect(said).toBe('ann of dev,ops');
    }
  } finally {
    server.close();
  }
});

it('a certificate says its names, its dates and who signed it', () => {
  const authority = createCertificateAuthority('earth CA');
  const notBefore = new Date('2026-01-02T03:04:05Z');
  const notAfter = new Date('2051-02-03T04:05:06Z'); // beyond what UTCTime can say
  const { certPem } = authority.issue({
    commonName: 'earth',
    usage: 'server',
    dnsNames: ['earth'],
    ipAddresses: ['127.0.0.1', '::1'],
    notBefore,
    notAfter,
  });
  const certificate = new X509Certificate(certPem);
  const ca = new X509Certificate(authority.certPem);
  expect(certificate.checkIssued(ca)).toBe(true);
  expect(certificate.verify(ca.publicKey)).toBe(true);
  expect(ca.ca).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.subjectAltName).toBe('DNS:earth, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  expect(new Date(certificate.validFrom)).toEqual(notBefore);
  expect(new Date(certificate.validTo)).toEqual(notAfter);
});

it('an authority that was kept issues certificates that its own certificate vouches for', () => {
  const { commonName, certPem, keyPem } = createCertificateAuthority('earth CA');
  const restored = restoreCertificateAuthority({ commonName, certPem, keyPem });
  const issued = new X509Certificate(restored.issue({ commonName: 'earth', usage: 'server' }).certPem);
  const authority = new X509Certificate(certPem);
  expect(issued.checkIssued(authority)).toBe(true);
  expect(issued.verify(authority.publicKey)).toBe(true);
});

it('a certificate names addresses of either family, in the form in which they are compared', () => {
  const ipAddresses = ['10.0.0.1', 'fd00::1:0:0:42', '2001:db8:1:2:3:4:5:6', '::ffff:192.0.2.1', 'fe80::', '::'];
  const { certPem } = createCertificateAuthority('CA').issue({ commonName: 'x', usage: 'server', ipAddresses });
  const certificate = new X509Certificate(certPem);
  for (const address of ipAddresses) expect(certificate.checkIP(address), address).toBe(address);
  expect(certificate.checkIP('fd00::2')).toBeUndefined();
  expect(() =>
    createCertificateAuthority('CA').issue({ commonName: 'x', usage: 'server', ipAddresses: ['a'] }),
  ).toThrow('certificates are issued for no such address: a');
});

it('an authority may be short-lived', () => {
  const notAfter = new Date('2030-01-01T00:00:00Z');
  const { certPem } = createCertificateAuthority('CA', { notAfter });
  expect(new Date(new X509Certificate(certPem).validTo)).toEqual(notAfter);
});
