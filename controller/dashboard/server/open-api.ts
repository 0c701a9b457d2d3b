/** A JSON schema, as OpenAPI 3.1 takes it. */
type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const count: Schema = { type: 'integer', minimum: 0 };
const number: Schema = { type: 'number', minimum: 0 };
const time: Schema = { type: 'string', description: 'RFC 3339' };
const anything: Schema = {};
const object: Schema = { type: 'object', additionalProperties: true };
const words = (...values: string[]): Schema => ({ type: 'string', enum: values });
const list = (items: Schema): Schema => ({ type: 'array', items });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** `name?` may be missing. */
function record(fields: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(fields);
  return {
    type: 'object',
    additionalProperties: false,
    required: names.filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), fields[name]])),
  };
}

const STATES = ['ok', 'progressing', 'failed', 'deleting'];
const counts = (names: readonly string[]) => record(Object.fromEntries(names.map((name) => [name, count])));
const key = { type: text, 'namespace?': text, name: text };
const problem = record({ cluster: text, status: text, 'message?': text });
const summary = {
  ...key,
  kind: text,
  state: words(...STATES),
  'reason?': text,
  ok: count,
  placed: count,
  problems: list(problem),
  'changedAt?': time,
};
const cluster = {
  name: text,
  state: words('ready', 'notReady', 'unknown', 'leaving'),
  'message?': text,
  cordoned: flag,
  paused: flag,
  labels: { type: 'object', additionalProperties: text },
  apiEndpoint: text,
  'kubernetesVersion?': text,
  'region?': text,
  'zones?': list(text),
  conditions: list(ref('Condition')),
  ranges: record({ pods: list(text), services: list(text), nodes: list(text) }),
  'credentialsExpireIn?': number,
  'lane?': record({ depth: count, oldestSeconds: number, stalled: flag }),
  'latencyMs?': number,
  objects: ref('ObjectStates'),
};
const reach = words('yes', 'no', 'unknown');

const SCHEMAS: Readonly<Record<string, Schema>> = {
  ObjectStates: counts(STATES),
  ObjectKey: record(key),
  ObjectSummary: record(summary),
  ClusterSummary: record(cluster),
  Condition: record({ type: text, status: text, 'reason?': text, 'message?': text, 'lastTransitionTime?': time }),
  Event: record({ type: words('Normal', 'Warning'), reason: text, message: text, count, lastSeen: text }),
  Freshness: {
    oneOf: [record({ state: { const: 'live' } }), record({ state: { const: 'stale' }, since: time, why: text })],
  },
  Problem: record({ status: { type: 'integer' }, message: text, 'hint?': text }),
  Session: record({ user: text, by: words('token', 'proxy', 'link', 'loopback'), 'expiresAt?': time }),
  Overview: record({
    clusters: counts(['ready', 'notReady', 'unknown', 'leaving']),
    objects: ref('ObjectStates'),
    types: list(record({ type: text, kind: text, objects: ref('ObjectStates') })),
    changes: list(
      record({
        at: time,
        about: { anyOf: [record({ cluster: text }), ref('ObjectKey')] },
        'from?': text,
        to: text,
        'message?': text,
      }),
    ),
    freshness: ref('Freshness'),
    version: text,
  }),
  ClusterList: record({ items: list(ref('ClusterSummary')), total: count, freshness: ref('Freshness') }),
  ClusterDetail: record({ ...cluster, events: list(ref('Event')) }),
  ObjectList: record({
    items: list(ref('ObjectSummary')),
    total: count,
    offset: count,
    states: ref('ObjectStates'),
    freshness: ref('Freshness'),
  }),
  ObjectDetail: record({
    ...summary,
    federated: object,
    conditions: list(ref('Condition')),
    clusters: list(
      record({
        cluster: text,
        placed: flag,
        status: text,
        'message?': text,
        'rendered?': object,
        'problem?': text,
        'recordedVersion?': text,
        'remoteStatus?': anything,
      }),
    ),
    events: list(ref('Event')),
  }),
  ReachabilityView: record({
    clusters: list(text),
    pairs: list(
      record({
        from: text,
        to: text,
        pods: reach,
        services: reach,
        'diagnosis?': text,
        'message?': text,
        'probedAt?': time,
        'latencyMs?': number,
      }),
    ),
    freshness: ref('Freshness'),
  }),
  Topology: record({
    'provider?': text,
    nodes: list(
      record({
        cluster: text,
        ranges: list(text),
        gateways: list(record({ node: text, 'ready?': flag, 'address?': text, 'relayedBy?': text })),
      }),
    ),
    routes: list(record({ cluster: text, range: text, 'seenAs?': text, 'gateway?': text })),
    problems: list(text),
    conditions: list(ref('Condition')),
  }),
  ReceiptList: record({
    items: list(
      record({
        name: text,
        cluster: text,
        at: text,
        phase: text,
        removed: count,
        released: count,
        leftBehind: list(text),
      }),
    ),
  }),
  HeldDeletionList: record({ items: list(record({ ...key, since: time, clusters: list(problem) })) }),
  Changes: record({
    clusters: list(ref('ClusterSummary')),
    clustersGone: list(text),
    objects: list(ref('ObjectSummary')),
    objectsGone: list(ref('ObjectKey')),
    also: list(words('reachability', 'topology', 'receipts', 'held-deletions')),
  }),
};

const query = (name: string, description: string, schema: Schema = text) => ({
  name,
  in: 'query',
  description,
  schema,
});
const inPath = (name: string, description: string) => ({ name, in: 'path', required: true, description, schema: text });

const PATHS: readonly { path: string; answer: string; what: string; parameters?: readonly object[] }[] = [
  { path: '/api/v1/session', answer: 'Session', what: 'Who you are. With a bearer token it signs you in by a cookie.' },
  { path: '/api/v1/overview', answer: 'Overview', what: 'Totals, and what changed in the last hour.' },
  { path: '/api/v1/clusters', answer: 'ClusterList', what: 'The members.' },
  {
    path: '/api/v1/clusters/{name}',
    answer: 'ClusterDetail',
    what: 'One member.',
    parameters: [inPath('name', 'of the KubeFedCluster')],
  },
  {
    path: '/api/v1/objects',
    answer: 'ObjectList',
    what: 'Federated objects.',
    parameters: [
      query('search', 'part of namespace/name, case aside'),
      query('state', 'any of these', list(words(...STATES))),
      query('cluster', 'placed on any of these', list(text)),
      query('type', 'any of these, plural.group', list(text)),
      query('namespace', 'in this one'),
      query('sort', 'by', words('name', 'type', 'state', 'changed')),
      query('order', 'ascending unless told', words('asc', 'desc')),
      query('offset', 'of the first', count),
      query('limit', '100 unless told, 1000 at most', count),
    ],
  },
  {
    path: '/api/v1/objects/{type}/{namespace}/{name}',
    answer: 'ObjectDetail',
    what: 'One federated object, rendered for each member. Values of Secrets are not shown.',
    parameters: [
      inPath('type', 'plural.group'),
      inPath('namespace', '- for kinds without'),
      inPath('name', 'its name'),
    ],
  },
  { path: '/api/v1/reachability', answer: 'ReachabilityView', what: 'Which member reaches which.' },
  { path: '/api/v1/topology', answer: 'Topology', what: 'Gateways and routes.' },
  { path: '/api/v1/receipts', answer: 'ReceiptList', what: 'Unjoins, the latest first.' },
  { path: '/api/v1/held-deletions', answer: 'HeldDeletionList', what: 'Deletions that wait for a member.' },
];

/** The document of the dashboard's API, OpenAPI 3.1. */
export function openApi(): Schema {
  const json = (name: string, description: string) => ({
    description,
    content: { 'application/json': { schema: ref(name) } },
  });
  const refused = json('Problem', 'It is refused, or failed; `hint` says what to do.');
  const paths = PATHS.map(({ path, answer, what, parameters = [] }) => [
    path,
    { get: { summary: what, parameters, responses: { 200: json(answer, what), default: refused } } },
  ]);
  const stream = {
    summary:
      'Server-sent events: `changes` (data: Changes) at most four times a second, `reset`: read again, `signed-out`.',
    parameters: [{ name: 'Last-Event-ID', in: 'header', description: 'to go on from', schema: text }],
    responses: {
      200: { description: 'a stream', content: { 'text/event-stream': { schema: text } } },
      default: refused,
    },
  };
  return {
    openapi: '3.1.0',
    info: { title: 'Fedmesh dashboard', version: 'v1', description: 'Read-only. What you may not see is not there.' },
    security: [{ bearer: [] }, { cookie: [] }],
    paths: { ...Object.fromEntries(paths), '/api/v1/events': { get: stream } },
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'fedmesh-session' },
      },
    },
  };
}
