import { describe, expect, it } from 'vitest';
import { claimsOf, renewalTime } from './token.ts';

function jwt(payload: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(payload)}.c2lnbmF0dXJl`;
}

describe('claimsOf', () => {
  it('reads whose a bound token is and when it ends', () => {
    const token = jwt({
      sub: 'system:serviceaccount:kube-federation-system:vulcan-earth',
      iat: 1_700_000_000,
      exp: 1_700_604_800,
      'kubernetes.io': { serviceaccount: { name: 'vulcan-earth', uid: 'u1' } },
    });
    expect(claimsOf(token)).toEqual({
      namespace: 'kube-federation-system',
      serviceAccount: 'vulcan-earth',
      uid: 'u1',
      issuedAt: 1_700_000_000_000,
      expiresAt: 1_700_604_800_000,
    });
  });

  it("reads the token of a Secret that KubeFed's join made, which never ends", () => {
    const token = jwt({
      sub: 'system:serviceaccount:kube-federation-system:vulcan-earth',
      'kubernetes.io/serviceaccount/service-account.uid': 'u2',
    });
    expect(claimsOf(token)).toMatchObject({ serviceAccount: 'vulcan-earth', uid: 'u2', expiresAt: undefined });
  });

  it('says nothing about any other token', () => {
    for (const token of ['', 'static-token', 'a.b.c', jwt({ sub: 'jane' }), jwt([])]) {
      expect(claimsOf(token)).toBeUndefined();
    }
  });
});

describe('renewalTime', () => {
  it('is when two thirds of the life that the server granted have passed', () => {
    expect(renewalTime({ issuedAt: 1_000, expiresAt: 4_000 })).toBe(3_000);
  });
});
