/** What is looked after, in the words of kube-apiserver, so that `?exclude=etcd` and the like mean something. */
const CHECKS = [
  'ping',
  'log',
  'etcd',
  'poststarthook/start-apiextensions-controllers',
  'poststarthook/crd-informer-synced',
  'poststarthook/start-system-namespaces-controller',
  'poststarthook/start-service-ip-repair-controllers',
  'poststarthook/rbac/bootstrap-roles',
  'poststarthook/bootstrap-controller',
  'poststarthook/start-kubernetes-service-cidr-controller',
  'poststarthook/kube-apiserver-autoregistration',
  'autoregister-completion',
];

const OF_READINESS = ['etcd-readiness', 'informer-sync'];

const ENDPOINTS: Readonly<Record<string, readonly string[]>> = {
  healthz: CHECKS,
  livez: CHECKS,
  readyz: [...CHECKS.slice(0, 3), ...OF_READINESS, ...CHECKS.slice(3), 'shutdown'],
};

/** `/healthz`, `/livez`, `/readyz`, and one check of them: text, or `undefined` for what is none. What answers is well. */
export function healthText(path: string, query: URLSearchParams): string | undefined {
  const [, endpoint = '', ...rest] = path.split('/');
  const checks = Object.hasOwn(ENDPOINTS, endpoint) ? ENDPOINTS[endpoint] : undefined;
  if (checks === undefined) return undefined;
  if (rest.length > 0) return checks.includes(rest.join('/')) ? 'ok' : undefined;
  if (!query.has('verbose')) return 'ok';

  const excluded = new Set(query.getAll('exclude'));
  const lines = checks.map((check) => `[+]${check} ${excluded.delete(check) ? 'excluded: ok' : 'ok'}\n`);
  if (excluded.size > 0) {
    const unknown = [...excluded].sort().map((name) => JSON.stringify(name));
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.join(', ')}\n`);
  }
  return `${lines.join('')}${endpoint} check passed\n`;
}

export function healthPaths(): string[] {
  return Object.entries(ENDPOINTS).flatMap(([endpoint, checks]) => [
    `/${endpoint}`,
    ...checks.map((check) => `/${endpoint}/${check}`),
  ]);
}
