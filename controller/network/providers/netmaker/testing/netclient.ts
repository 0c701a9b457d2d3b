import { randomBytes, randomUUID } from 'node:crypto';

/**
 * Joins a machine as `netclient join` does, over the wire, without a machine: a server that has its real REST API takes it.
 * @param token what the enrolment key holds
 */
export async function registerHost(server: string, token: string, name: string, signal: AbortSignal): Promise<string> {
  const id = randomUUID();
  const body = {
    id,
    name,
    version: 'v1.5.1',
    os: 'linux',
    firewallinuse: 'nftables',
    hostpass: randomBytes(16).toString('hex'),
    interface: 'netmaker',
    listenport: 51_821,
    mtu: 1420,
    publickey: [...randomBytes(32)],
    traffickeypublic: randomBytes(32).toString('base64'),
    endpointip: '192.0.2.10',
    macaddress: '',
    nodes: [],
    interfaces: [],
    isk8s: false,
    ipforwarding: true,
  };
  const answer = await fetch(`${server}/api/v1/host/register/${encodeURIComponent(token)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  if (!answer.ok) throw new Error(`the server did not take the host ${name}: ${answer.status} ${await answer.text()}`);
  return id;
}
