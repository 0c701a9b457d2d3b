import { endpointOf, type HealthCheck, type Vip, type VipRequest } from './control-plane-vip.ts';
import { fileName, type GeneratedFile, madeBy, PLAIN } from './generated-file.ts';

const CHECKS: Readonly<Record<HealthCheck, { readonly lines: readonly string[]; readonly server: string }>> = {
  // The certificate is not looked at: nothing is sent but the question, and clients look for themselves.
  https: { lines: ['option httpchk GET /readyz', 'http-check expect status 200'], server: ' check-ssl verify none' },
  http: { lines: ['option httpchk GET /readyz', 'http-check expect status 200'], server: '' },
  tcp: { lines: [], server: '' },
};

/** Passes connections on as they are to an API server that serves. */
export function haproxyConfig(folder: string, request: VipRequest, vip: Vip): GeneratedFile {
  const { nodes, port, apiPort, healthCheck } = request;
  const check = CHECKS[healthCheck];
  const lines = [
    'global',
    '  log /dev/log local0',
    '  maxconn 8000',
    'defaults',
    '  mode tcp',
    '  log global',
    '  option dontlognull',
    '  option redispatch 1',
    '  retries 3',
    '  timeout connect 2s',
    '  timeout check 2s',
    '  # Watches are silent for long.',
    '  timeout client 1h',
    '  timeout server 1h',
    'frontend kubernetes-apiserver',
    `  bind ${vip.family === 4 ? `*:${port}` : `:::${port} v4v6`}`,
    '  default_backend control-plane',
    'backend control-plane',
    '  balance roundrobin',
    ...check.lines.map((line) => `  ${line}`),
    '  # Connections to one that is gone are cut: clients connect anew, to another one.',
    `  default-server check${check.server} inter 500ms fall 2 rise 2 on-marked-down shutdown-sessions`,
    ...nodes.map(({ name, address }) => `  server ${fileName(name)} ${endpointOf(address, apiPort)}`),
  ];
  const about = `/etc/haproxy/haproxy.cfg, the same on all machines; \`haproxy -c -f\` checks it`;
  return {
    path: `${folder}/haproxy.cfg`,
    mode: PLAIN,
    text: `${madeBy('control-plane-vip', about)}${lines.join('\n')}\n`,
  };
}
