export interface KubectlStep {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** Lines whose order is the program's own affair. */
  readonly unordered?: boolean;
}

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: "nginx:1.27", ports: [{containerPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
---
apiVersion: v1
kind: Secret
metadata: {name: password}
stringData: {password: hush}
`;

const GADGETS = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: gadgets, singular: gadget, kind: Gadget, shortNames: [gd]}
  versions:
    - name: v1
      served: true
      storage: true
      additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              description: what it is like
              type: object
              properties: {size: {type: integer, description: how big, maximum: 10}}
`;

const GADGET = 'apiVersion: example.com/v1\nkind: Gadget\nmetadata: {name: small}\nspec: {size: 3}\n';

const ns = (...args: string[]): KubectlStep => ({ args: ['--namespace=day', ...args] });
const any = (...args: string[]): KubectlStep => ({ args });

/** What a person does in a day, in one namespace. */
export const KUBECTL_SESSION: {
  readonly files: Readonly<Record<string, string>>;
  readonly editor: string;
  readonly steps: readonly KubectlStep[];
} = {
  files: {
    'web.yaml': WEB,
    'web-2.yaml': WEB.replace('nginx:1.27', 'nginx:1.28').replace('colour: blue', 'colour: red'),
    'gadgets.yaml': GADGETS,
    'gadget.yaml': GADGET,
    'bad-gadget.yaml': GADGET.replace('size: 3', 'size: 30'),
    'typo.yaml': GADGET.replace('size: 3', 'sise: 3'),
    'bad.yaml': WEB.replace('replicas: 2', 'replicass: 2'),
    'patch.yaml': 'spec: {template: {metadata: {annotations: {patched: "yes"}}}}\n',
  },
  editor: 'sed -i s/colour:.red/colour:.green/',
  steps: [
    any('create', 'namespace', 'day'),
    ns('apply', '-f', 'web.yaml'),
    ns('apply', '-f', 'web.yaml'),
    ns('apply', '-f', 'bad.yaml'),
    ns('rollout', 'status', 'deployment/web', '--timeout=60s'),
    ns('wait', '--for=condition=Available', 'deployment/web', '--timeout=60s'),
    ns('get', 'deployments,services,configmaps,secrets', '-o', 'wide'),
    ns('get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}'),
    ns(
      'get',
      'deployment',
      'web',
      '-o',
      'custom-columns=NAME:.metadata.name,IMAGE:.spec.template.spec.containers[*].image',
    ),
    ns('get', 'service', 'web', '-o', 'yaml'),
    ns('get', 'cm', 'settings', '-o', 'json'),
    ns('get', 'all', '--show-labels'),
    ns('get', 'pods', '-l', 'app=web', '--no-headers', '-o', 'custom-columns=PHASE:.status.phase'),
    ns('get', 'nothing'),
    ns('get', 'deployment', 'none'),
    ns('get', 'deployment', 'none', '--ignore-not-found'),
    any('get', 'pods', '--namespace=none'),
    ns('describe', 'deployment', 'web'),
    ns('describe', 'configmap', 'settings'),
    ns('describe', 'service', 'web'),
    ns('describe', 'secret', 'password'),
    any('describe', 'namespace', 'day'),
    { ...ns('diff', '-f', 'web-2.yaml'), unordered: true },
    ns('apply', '-f', 'web-2.yaml'),
    ns('rollout', 'status', 'deployment/web', '--timeout=60s'),
    ns('edit', 'configmap', 'settings'),
    ns('get', 'configmap', 'settings', '-o', 'jsonpath={.data}'),
    ns('patch', 'deployment', 'web', '--type=merge', '-p', '{"spec":{"replicas":3}}'),
    ns('patch', 'deployment', 'web', '--patch-file=patch.yaml'),
    ns(
      'patch',
      'configmap',
      'settings',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/data/colour","value":"grey"}]',
    ),
    ns('patch', 'configmap', 'settings', '--type=json', '-p', '[{"op":"remove","path":"/data/none"}]'),
    ns('scale', 'deployment/web', '--replicas=1'),
    ns('scale', 'deployment/web', '--replicas=4', '--current-replicas=9'),
    ns('rollout', 'status', 'deployment/web', '--timeout=60s'),
    ns('set', 'image', 'deployment/web', 'web=nginx:1.29'),
    ns('rollout', 'restart', 'deployment/web'),
    ns('label', 'configmap', 'settings', 'tier=front'),
    ns('label', 'configmap', 'settings', 'tier=back'),
    ns('label', 'configmap', 'settings', 'tier=back', '--overwrite'),
    ns('label', 'configmap', 'settings', 'tier-'),
    ns('annotate', 'configmap', 'settings', 'note=hello', '--overwrite'),
    ns('annotate', 'configmap', 'settings', 'note-'),
    ns('expose', 'deployment', 'web', '--name=again', '--port=8080', '--target-port=80'),
    ns('create', 'configmap', 'literal', '--from-literal=a=b'),
    ns('create', 'configmap', 'literal', '--from-literal=a=b'),
    ns('create', 'secret', 'generic', 'literal', '--from-literal=a=b', '--dry-run=server', '-o', 'yaml'),
    ns('create', 'deployment', 'made', '--image=nginx', '--replicas=0'),
    ns('create', 'job', 'once', '--image=busybox', '--dry-run=server', '-o', 'name'),
    ns('create', 'serviceaccount', 'robot'),
    ns('create', 'token', 'robot'),
    ns('create', 'token', 'robot', '--duration=1h', '--audience=mine'),
    ns('create', 'token', 'none'),
    ns('create', 'role', 'reader', '--verb=get,list', '--resource=configmaps,deployments.apps'),
    ns('create', 'rolebinding', 'reader', '--role=reader', '--serviceaccount=day:robot'),
    ns('auth', 'can-i', 'get', 'configmaps', '--as=system:serviceaccount:day:robot'),
    ns('auth', 'can-i', 'delete', 'configmaps', '--as=system:serviceaccount:day:robot'),
    ns('auth', 'can-i', '*', '*'),
    ns('auth', 'can-i', 'get', 'nothings'),
    { ...ns('auth', 'can-i', '--list', '--as=system:serviceaccount:day:robot'), unordered: true },
    ns('auth', 'whoami', '--as=alice', '--as-group=team'),
    ns('get', 'secrets', '--as=system:serviceaccount:day:robot'),
    any('explain', 'deployment.spec.strategy'),
    any('explain', 'configmap'),
    any('explain', 'deployment.spec.nothing'),
    any('api-resources', '--api-group=apps', '--no-headers'),
    any('api-resources', '--api-group=rbac.authorization.k8s.io', '-o', 'wide'),
    any('api-resources', '--api-group=apiextensions.k8s.io'),
    any('apply', '-f', 'gadgets.yaml'),
    any('wait', '--for=condition=Established', 'crd/gadgets.example.com', '--timeout=30s'),
    ns('apply', '-f', 'gadget.yaml'),
    ns('apply', '-f', 'bad-gadget.yaml'),
    ns('apply', '-f', 'typo.yaml'),
    ns('apply', '-f', 'typo.yaml', '--validate=false'),
    ns('get', 'gadgets'),
    ns('get', 'gd', 'small', '-o', 'yaml'),
    any('explain', 'gadgets.spec'),
    any('api-resources', '--api-group=example.com'),
    ns('apply', '--server-side', '-f', 'web.yaml'),
    ns('apply', '--server-side', '--force-conflicts', '-f', 'web.yaml'),
    ns('apply', '--server-side', '--field-manager=other', '-f', 'web-2.yaml'),
    ns('get', 'events', '--field-selector=type=Warning'),
    ns('get', 'configmap', 'settings', '--raw=/version/none'),
    any('get', '--raw=/healthz'),
    any('get', '--raw=/api/v1/namespaces/day/configmaps/none'),
    ns('replace', '-f', 'gadget.yaml'),
    ns('delete', 'gadget', 'small'),
    ns('delete', 'configmap', 'none'),
    ns('delete', 'configmap', 'none', '--ignore-not-found'),
    ns('delete', 'deployment', 'web', '--cascade=foreground', '--timeout=60s'),
    ns('wait', '--for=delete', 'deployment/web', '--timeout=30s'),
    ns('delete', 'service,configmap', '-l', 'nothing=here'),
    ns('delete', 'services', '--all'),
    any('delete', 'crd', 'gadgets.example.com', '--timeout=60s'),
    any('delete', 'namespace', 'day', '--timeout=60s'),
    any('get', 'namespace', 'day'),
  ],
};
