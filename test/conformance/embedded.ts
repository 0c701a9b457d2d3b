import { randomBytes } from 'node:crypto';
import { type ApiServer, startApiServer } from '../../cli/sandbox/apiserver/api-server.ts';
import type { RunningServer } from './servers.ts';

/** The embedded API server as one more to compare with. */
export async function startEmbedded(name: string): Promise<RunningServer & { readonly server: ApiServer }> {
  // As the real ones have it: webhooks are told who writes.
  const token = randomBytes(24).toString('base64url');
  const tokens = { [token]: { username: 'admin', uid: 'admin', groups: ['system:masters'] } };
  const server = await startApiServer({ name, tokens });
  return {
    server,
    target: {
      name,
      url: server.url,
      caPem: server.caPem,
      token,
      issueClientCertificate: (username, groups) => server.issueClientCertificate(username, groups),
    },
    close: () => server.close(),
  };
}
