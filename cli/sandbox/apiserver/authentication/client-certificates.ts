import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { AUTHENTICATED_GROUP, CREDENTIAL_ID_KEY } from '../user/service-account-user.ts';
import type { UserInfo } from '../user/user-info.ts';

type Shown = { readonly user: UserInfo; readonly from: number; readonly to: number } | 'none' | 'untrusted';

/**
 * Users of client certificates: the common name is the username, the organizations are its groups. The server has to ask for
 * certificates (`requestCert`), to name its authority as `ca`, and to let in who shows none (`rejectUnauthorized: false`).
 */
export class ClientCertificates {
  readonly #now: () => number;
  /** A connection's certificate never changes: it is read once. */
  readonly #shown = new WeakMap<Socket, Shown>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `none`: none was shown, or one without a name; `untrusted`: by another authority, for servers only, or out of date. */
  userOf(socket: Socket): UserInfo | 'none' | 'untrusted' {
    let shown = this.#shown.get(socket);
    if (shown === undefined) {
      shown = read(socket);
      this.#shown.set(socket, shown);
    }
    if (typeof shown === 'string') return shown;
    const now = this.#now();
    return shown.from <= now && now <= shown.to ? shown.user : 'untrusted';
  }
}

function read(socket: Socket): Shown {
  if (!(socket instanceof TLSSocket)) return 'none';
  const certificate: Partial<PeerCertificate> | null = socket.getPeerCertificate();
  if (certificate?.raw === undefined || certificate.subject === undefined) return 'none';
  if (!socket.authorized) return 'untrusted';
  const [username] = several(certificate.subject.CN);
  if (username === undefined || username === '') return 'none';
  return {
    user: Object.freeze({
      username,
      groups: Object.freeze([...several(certificate.subject.O), AUTHENTICATED_GROUP]),
      extra: Object.freeze({
        [CREDENTIAL_ID_KEY]: [`X509SHA256=${createHash('sha256').update(certificate.raw).digest('hex')}`],
      }),
    }),
    from: Date.parse(certificate.valid_from ?? ''),
    to: Date.parse(certificate.valid_to ?? ''),
  };
}

/** An attribute that stands there more than once is a list. */
function several(attribute: string | readonly string[] | undefined): readonly string[] {
  if (attribute === undefined) return [];
  return typeof attribute === 'string' ? [attribute] : attribute;
}
