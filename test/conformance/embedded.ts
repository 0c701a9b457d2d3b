import { type ApiServer, startApiServer } from '../../cli/sandbox/apiserver/api-server.ts';
import type { RunningServer } from './servers.ts';

/** The embedded API server as one more to compare with. */
export async function startEmbedded(name: string): Promise<RunningServer & { readonly server: ApiServer }> {
  const server = await startApiServer({ name });
  return {
    server,
    target: {
      name,
      url: server.url,
      caPem: server.caPem,
      token: server.adminToken,
      issueClientCertificate: (username, groups) => server.issueClientCertificate(username, groups),
    },
    close: () => server.close(),
  };
}
