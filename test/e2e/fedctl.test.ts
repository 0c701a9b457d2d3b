import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { type ControlPlanes, startControlPlanes } from './control-planes.ts';
import { type Finished, fedctl, kubectl, succeed } from './processes.ts';

const WIDGETS = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets, singular: widget, shortNames: [wd] }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;

/** One walk on real API servers, without a controller: each test goes on where the last one ended. */
describe.runIf(inject('kubeconfig') !== '')('fedctl on real API servers', () => {
  let planes: ControlPlanes<'host' | 'earth'>;

  beforeAll(async () => {
    planes = await startControlPlanes({ names: ['host', 'earth'] });
    await succeed(kube(['apply', '-f', '-'], WIDGETS));
    await succeed(kube(['wait', '--for=condition=Established', '--timeout=120s', 'crd/widgets.example.com']));
    await succeed(kube(['create', 'namespace', 'demo']));
  });
  afterAll(() => planes.close());

  function run(line: string): Promise<Finished> {
    return fedctl(planes.kubeconfigPath, line.split(' '));
  }

  function kube(args: readonly string[], stdin?: string): Promise<Finished> {
    return kubectl(planes.kubeconfigPath, args, stdin === undefined ? {} : { stdin });
  }

  async function read<T extends KubeObject>(...args: string[]): Promise<T> {
    return JSON.parse(await succeed(kube(['get', ...args, '-o', 'json'])));
  }

  it('installs a control plane, and a second time changes nothing', async () => {
    const first = await run('init');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('federatedtypeconfig.core.kubefed.io/deployments.apps created\n');

    const second = await run('init');
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).not.toMatch(/created|updated/);
  });

  it('prints the same as YAML that the API server takes', async () => {
    const printed = await succeed(run('init --print --types kubefed'));
    expect(await succeed(kube(['apply', '--dry-run=server', '-f', '-'], printed))).toContain('kubefedconfig');
  });

  it('enables a custom resource that it has never heard of', async () => {
    const { code, stdout, stderr } = await run('enable wd');

    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout:
        'customresourcedefinition.apiextensions.k8s.io/federatedwidgets.types.kubefed.io created\n' +
        'federatedtypeconfig.core.kubefed.io/widgets.example.com created\n',
      stderr: '',
    });
    await succeed(kube(['get', 'fwd', '-A']));
  });

  it('federates a namespace with what people put there', async () => {
    const widget =
      'apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: w, namespace: demo }\nspec: { size: 3 }\n';
    await succeed(kube(['apply', '-f', '-'], widget));
    await succeed(kube(['-n', 'demo', 'create', 'deployment', 'web', '--image=nginx']));
    await succeed(kube(['-n', 'demo', 'expose', 'deployment', 'web', '--port=80', '--type=NodePort']));
    await succeed(
      kube([
        '-n',
        'demo',
        'wait',
        '--for=create',
        '--timeout=120s',
        'configmap/kube-root-ca.crt',
        'serviceaccount/default',
      ]),
    );
    await succeed(
      kube(['-n', 'demo', 'wait', '--for=jsonpath={.status.replicas}=1', '--timeout=120s', 'deployment/web']),
    );

    const { code, stdout, stderr } = await run('federate ns demo --contents');

    expect(stdout.replace(/left out \d+/, 'left out N')).toBe(
      `left out N objects that controllers or every namespace make by themselves (--v=1 names them)
federatednamespace.types.kubefed.io/demo in demo created → nowhere yet: no cluster has joined
federatedservice.types.kubefed.io/web in demo created → nowhere yet: no cluster has joined
federateddeployment.types.kubefed.io/web in demo created → nowhere yet: no cluster has joined
federatedwidget.types.kubefed.io/w in demo created → nowhere yet: no cluster has joined
`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const service = await read<KubeObject & { spec: { template: object } }>('federatedservice', 'web', '-n', 'demo');
    expect(JSON.stringify(service.spec.template)).not.toMatch(/nodePort|clusterIP/);
    const federated = await read<KubeObject & { spec: object }>('federatedwidget', 'w', '-n', 'demo');
    expect(federated.spec).toEqual({
      template: { spec: { size: 3 } },
      placement: { clusterSelector: { matchLabels: {} } },
    });
  });

  it('prints a file in its federated form, for kubectl', async () => {
    const stdin = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, namespace: demo }\ndata: { a: b }\n';
    const printed = await succeed(fedctl(planes.kubeconfigPath, ['federate', '-f', '-'], { stdin }));

    expect(parse(printed.replace(/^---\n/, ''))).toMatchObject({ kind: 'FederatedConfigMap' });
    expect(await succeed(kube(['apply', '-f', '-'], printed))).toBe(
      'federatedconfigmap.types.kubefed.io/settings created\n',
    );
  });

  it('says first of all that no controller is running', async () => {
    const { code, stdout } = await run('status --exit-code');

    expect(stdout).toContain('Controller:    NOT RUNNING: none has ever reported here\n');
    expect(stdout).toMatch(/What is wrong:\n {2}no controller is running/);
    expect(stdout).toMatch(/^Widget +demo\/w +Pending +- +-$/m);
    expect(code).toBe(3);
  });

  it('asks a member live for the addresses and ports of its Services', async () => {
    expect(await run('join earth')).toMatchObject({ code: 0 });
    const service =
      'apiVersion: v1\nkind: Service\nmetadata: { name: web, namespace: demo, labels: { kubefed.io/managed: "true" } }\n' +
      'spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, nodePort: 31080 }] }\n';
    await succeed(kube(['--context', 'earth', 'create', 'namespace', 'demo']));
    await succeed(kube(['--context', 'earth', 'apply', '-f', '-'], service));
    // What the controller would have written.
    const status = {
      conditions: [{ type: 'Propagation', status: 'True' }],
      clusters: [{ name: 'earth' }],
      observedGeneration: 1,
    };
    await succeed(
      kube([
        '-n',
        'demo',
        'patch',
        'federatedservice',
        'web',
        '--subresource=status',
        '--type=merge',
        '-p',
        JSON.stringify({ status }),
      ]),
    );

    const { stdout } = await run('status -n demo');

    expect(stdout).toMatch(/^demo\/web +earth +NodePort +[\d.]+ +any node +80:31080\/TCP$/m);
  });

  it('widens the role in a member whose context is at hand when a kind is enabled', async () => {
    const { stdout } = await run('enable pods');

    expect(stdout).toContain('role in earth updated\n');
    const may = [
      '--context',
      'earth',
      'auth',
      'can-i',
      'create',
      'pods',
      '--as',
      'system:serviceaccount:kube-federation-system:earth-host',
    ];
    expect((await kube(may)).stdout).toBe('yes\n');
  });

  it('keeps a kind of which there are objects', async () => {
    expect(await run('disable widgets.example.com --delete-crd')).toMatchObject({
      code: 4,
      stderr:
        'error: 1 FederatedWidget exists (demo/w): the kind cannot be deleted\nhint: delete them first, or leave --delete-crd out\n',
    });
  });

  it('refuses to uninstall while a member is joined', async () => {
    expect(await run('uninstall')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('a member is joined: earth'),
    });
  });

  it('takes the control plane off without a finalizer left hanging, and touches nothing in the member', async () => {
    const finalizers = JSON.stringify({ metadata: { finalizers: ['kubefed.io/sync-controller'] } });
    for (const kind of ['federatedwidget/w', 'federateddeployment/web', 'federatednamespace/demo']) {
      await succeed(kube(['-n', 'demo', 'patch', kind, '--type=merge', '-p', finalizers]));
    }

    const { code, stdout, stderr } = await run('uninstall --yes --orphan');

    expect(stderr).toBe('');
    expect(stdout).toContain('Members keep every object. Nothing is deleted there.\n');
    expect(code).toBe(0);
    expect(await succeed(kube(['get', 'crds', '-o', 'name']))).toBe(
      'customresourcedefinition.apiextensions.k8s.io/widgets.example.com\n',
    );
    await succeed(kube(['wait', '--for=delete', '--timeout=120s', 'namespace/kube-federation-system']));
    await succeed(kube(['--context', 'earth', '-n', 'demo', 'get', 'service', 'web']));
    await succeed(kube(['-n', 'demo', 'get', 'deployment', 'web']));
  });
});
