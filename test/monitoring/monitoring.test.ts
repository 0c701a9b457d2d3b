import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { LEADER_LEASE } from '../../controller/runtime/lease.ts';
import { createMetrics } from '../../controller/telemetry/metrics.ts';
import { metricsIn } from './expressions.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MONITORING = join(ROOT, 'manifests/monitoring');
const run = promisify(execFile);

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const rules = (parse(await readFile(join(MONITORING, 'prometheus-rule.yaml'), 'utf8')) as RuleFile).spec.groups;
interface RuleFile {
  readonly spec: { readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] };
}
const alerts = rules.flatMap((group) => group.rules);
const dashboard = JSON.parse(await readFile(join(MONITORING, 'dashboard.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
};
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

/** Everything that the controller exports, without what is put before and behind it. */
async function exported(): Promise<Set<string>> {
  const names = [...(await createMetrics().text()).matchAll(/^# TYPE (\S+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  return new Set(names);
}

it('finds the metrics of an expression, and nothing else', () => {
  const expression = 'sum by (a, b) (rate(c_total{d="e",f=~"$g"}[5m])) > 0.1 unless on (h) max(i) == 1 and j_bucket';
  expect(metricsIn(expression)).toEqual(['c_total', 'i', 'j_bucket']);
});

describe('alerts', () => {
  it.each(alerts.map((rule) => [rule.alert, rule] as const))('%s reads only what is exported', async (_, rule) => {
    const known = await exported();
    expect(metricsIn(rule.expr).filter((metric) => !known.has(metric))).toEqual([]);
    expect(metricsIn(rule.expr)).not.toEqual([]);
  });

  it.each(alerts.map((rule) => [rule.alert, rule] as const))('%s tells a person what to do', async (alert, rule) => {
    expect(rule.annotations.runbook).toBe(`docs/runbooks/${alert}.md`);
    expect(['critical', 'warning']).toContain(rule.labels.severity);
    const page = await readFile(join(ROOT, `docs/runbooks/${alert}.md`), 'utf8');
    const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual([alert, 'What it means', 'What to look at', 'What to do']);
  });

  it('are the only ones with a page, and all of them are on the list', async () => {
    const pages = await readdir(join(ROOT, 'docs/runbooks'));
    expect(pages.sort()).toEqual(alerts.map(({ alert }) => `${alert}.md`).sort());
    const list = await readFile(join(ROOT, 'docs/metrics.md'), 'utf8');
    expect(alerts.filter(({ alert }) => !list.includes(`runbooks/${alert}.md`))).toEqual([]);
  });

  it('know the lease by its name', () => {
    const texts = [...alerts.map(({ expr }) => expr), JSON.stringify(dashboard)];
    const named = texts.flatMap((text) => [...text.matchAll(/name=\\?"([^"\\]+)/g)].map(([, name]) => name));
    expect(new Set(named)).toEqual(new Set([LEADER_LEASE]));
  });
});

describe('the dashboard', () => {
  it.each(panels.map((panel) => [panel.title, panel] as const))('%s reads only what is exported', async (_, panel) => {
    const known = await exported();
    const read = (panel.targets ?? []).flatMap(({ expr }) => metricsIn(expr));
    expect(read.filter((metric) => !known.has(metric))).toEqual([]);
    expect(read).not.toEqual([]);
  });

  it('shows every metric that is Fedmesh’s own, or the page about metrics says what it is for', async () => {
    const page = await readFile(join(ROOT, 'docs/metrics.md'), 'utf8');
    const names = [...(await createMetrics().text()).matchAll(/^# TYPE (fedmesh_\S+)/gm)].map(([, name = '']) => name);
    expect(names.filter((name) => !page.includes(name))).toEqual([]);
  });
});

it('the PodMonitor finds the pods of manifests/deploy, and their port', async () => {
  const monitor = parse(await readFile(join(MONITORING, 'pod-monitor.yaml'), 'utf8')) as {
    readonly metadata: { readonly namespace: string };
    readonly spec: {
      readonly selector: { readonly matchLabels: Record<string, string> };
      readonly podMetricsEndpoints: readonly { readonly port: string }[];
    };
  };
  const deployment = parse(await readFile(join(ROOT, 'manifests/deploy/deployment.yaml'), 'utf8'));
  const { metadata, spec } = deployment.spec.template;
  expect(metadata.labels).toMatchObject(monitor.spec.selector.matchLabels);
  expect(monitor.metadata.namespace).toBe(deployment.metadata.namespace);
  const ports = spec.containers.flatMap((container: { ports: { name: string }[] }) => container.ports);
  const names = ports.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(monitor.spec.podMetricsEndpoints.map(({ port }) => port)));
});

const promtool = await findPromtool();

describe('promtool', () => {
  let scratch: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fedmesh-monitoring-'));
  });

  afterAll(() => rm(scratch, { recursive: true }));

  async function check(...args: string[]): Promise<string> {
    const { stdout } = await run(promtool.path ?? '', args, { cwd: scratch });
    return stdout;
  }

  it(`has nothing against the rules, and each alert comes when it should and not before`, async (context) => {
    if (promtool.path === undefined) return context.skip(promtool.reason);
    await writeFile(join(scratch, 'rules.yaml'), stringify({ groups: rules }));
    await copyFile(join(ROOT, 'test/monitoring/alerts.test.yaml'), join(scratch, 'alerts.test.yaml'));
    expect(await check('check', 'rules', 'rules.yaml')).toContain(`SUCCESS: ${alerts.length} rules found`);
    expect(await check('test', 'rules', 'alerts.test.yaml')).toContain('SUCCESS');
    const tested = await readFile(join(ROOT, 'test/monitoring/alerts.test.yaml'), 'utf8');
    expect(alerts.filter(({ alert }) => !tested.includes(`runbook: docs/runbooks/${alert}.md`))).toEqual([]);
  });

  it('understands every expression of the dashboard', async (context) => {
    if (promtool.path === undefined) return context.skip(promtool.reason);
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const recorded = expressions.map((expr, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(\w+)/g, '$1'),
    }));
    await writeFile(join(scratch, 'panels.yaml'), stringify({ groups: [{ name: 'panels', rules: recorded }] }));
    expect(await check('check', 'rules', 'panels.yaml')).toContain(`SUCCESS: ${recorded.length} rules found`);
  });

  it('finds the exported text well formed', async (context) => {
    if (promtool.path === undefined) return context.skip(promtool.reason);
    const metrics = createMetrics();
    metrics.clusterObserver.came('earth');
    metrics.clientObserver.requested('earth', 'get', 200, 0.1);
    metrics.syncObserver.propagated('configmaps', 'earth', 0.1);
    metrics.webhookObserver.ready(true);
    // KubeFed's names and Node's are as they are, whatever the linter thinks of them.
    const own = (await metrics.text()).split(/^(?=# HELP )/m).filter((family) => family.startsWith('# HELP fedmesh_'));
    const checking = run(promtool.path, ['check', 'metrics']);
    checking.child.stdin?.end(own.join(''));
    expect((await checking).stderr).toBe('');
  });
});

async function findPromtool(): Promise<{ path?: string; reason: string }> {
  try {
    const { stdout } = await run('bash', [join(ROOT, 'test/monitoring/promtool.sh')], { timeout: 120_000 });
    return { path: stdout.trim(), reason: '' };
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    return { reason: (stderr ?? String(error)).trim() };
  }
}
