import type { HealthCheck, Machine, Vip, VipRequest } from './control-plane-vip.ts';
import { fileName, type GeneratedFile, madeBy, SCRIPT, SECRET } from './generated-file.ts';

/** Of the first machine; each further one has so much less. */
const HIGHEST_PRIORITY = 150;
const STEP = 10;

/** One machine of those that hold the virtual address: the one of the highest priority whose HAProxy reaches an API server. */
export function keepalivedConfig(
  folder: string,
  request: VipRequest,
  vip: Vip,
  machines: readonly Machine[],
  index: number,
): GeneratedFile {
  const self = machines[index];
  const peers = machines.filter((machine) => machine !== self);
  const name = fileName(self?.name ?? '');
  // Whoever fails the check has to fall below the last of those that pass it.
  const weight = Math.max(60, STEP * machines.length);
  const lines = [
    'global_defs {',
    `  router_id ${name}`,
    ...(vip.family === 6 ? ['  vrrp_version 3'] : []),
    '  enable_script_security',
    '  script_user nobody',
    '}',
    'vrrp_script chk_apiserver {',
    `  script "${checkPath(request)}"`,
    '  interval 1',
    '  timeout 2',
    `  weight -${weight}`,
    '  fall 2',
    '  rise 2',
    '}',
    'vrrp_instance control_plane {',
    `  state ${index === 0 ? 'MASTER' : 'BACKUP'}`,
    `  interface ${request.interfaceName}`,
    `  virtual_router_id ${request.virtualRouterId}`,
    `  priority ${HIGHEST_PRIORITY - STEP * index}`,
    '  advert_int 1',
    // Many networks carry no multicast.
    ...(self === undefined || peers.length === 0
      ? []
      : [
          `  unicast_src_ip ${self.address}`,
          '  unicast_peer {',
          ...peers.map(({ address }) => `    ${address}`),
          '  }',
        ]),
    // VRRP 3, which IPv6 needs, knows no password.
    ...(vip.family === 6
      ? []
      : ['  authentication {', '    auth_type PASS', `    auth_pass ${request.secrets.authPass}`, '  }']),
    '  virtual_ipaddress {',
    `    ${vip.withPrefix} dev ${request.interfaceName}`,
    '  }',
    '  track_script {',
    '    chk_apiserver',
    '  }',
    '}',
  ];
  const about = `${request.configFolder}/keepalived.conf of ${name}; \`keepalived -t -f\` checks it`;
  return {
    path: `${folder}/keepalived.conf`,
    mode: SECRET,
    text: `${madeBy('control-plane-vip', about)}${lines.join('\n')}\n`,
  };
}

const CURL: Readonly<Record<HealthCheck, string>> = {
  https: '-sfk -o /dev/null -m 1 https://127.0.0.1:PORT/readyz',
  http: '-sf -o /dev/null -m 1 http://127.0.0.1:PORT/readyz',
  // Any answer will do: whoever is refused has reached an API server.
  tcp: '-sk -o /dev/null -m 1 https://127.0.0.1:PORT/',
};

export function checkScript(folder: string, request: VipRequest): GeneratedFile {
  const command = CURL[request.healthCheck].replace('PORT', String(request.port));
  const about = `${checkPath(request)}, owned by root and not writable by others; whether this machine may hold the virtual address`;
  return {
    path: `${folder}/check-apiserver.sh`,
    mode: SCRIPT,
    text: `#!/bin/sh\n${madeBy('control-plane-vip', about)}exec curl ${command}\n`,
  };
}

function checkPath({ configFolder }: VipRequest): string {
  return `${configFolder.replace(/\/+$/, '')}/check-apiserver.sh`;
}
