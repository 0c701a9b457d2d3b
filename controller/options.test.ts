import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.ts';

describe('the command line of fedmesh-controller', () => {
  it("takes KubeFed's flags as its manifests write them, with one dash or two, with = or a space", () => {
    const options = parseOptions(
      [
        '--kubeconfig=/k',
        '-kubefed-namespace',
        'fed',
        '--metrics-addr',
        '127.0.0.1:9',
        '--rest-config-qps=100',
        '--v=4',
      ],
      '1.0.0',
    );
    expect(options).toEqual({
      kubeconfig: '/k',
      kubefedNamespace: 'fed',
      healthzAddr: ':8080',
      metricsAddr: '127.0.0.1:9',
      restConfigQps: 100,
      restConfigBurst: 0,
      webhookPort: 8443,
      dashboardAddr: '0',
      dashboardOpen: false,
      dashboardProxyFrom: [],
      verbosity: 4,
    });
    expect(Object.isFrozen(options)).toBe(true);
  });

  it.each([
    ['--v=2'],
    ['-v=2'],
    ['-v', '2'],
    ['--logtostderr', '--v=2'],
    ['--logtostderr=true', '--stderrthreshold=INFO', '-v', '2', '--vmodule=sync=9'],
    ['-alsologtostderr', '--skip_headers', '--log_dir=/var/log', '--log-file-max-size=10', '--v', '2'],
    [
      '--add_dir_header',
      '--one_output=false',
      '--log_file',
      '/f',
      '--log_backtrace_at=:0',
      '--skip_log_headers',
      '-v2',
    ],
  ])("starts with the flags of KubeFed's logger: %s", (...argv) => {
    expect(parseOptions(argv, '1.0.0')).toEqual({ ...parseOptions([], '1.0.0'), verbosity: 2 });
  });

  it('takes an empty flag for none, and underscores, and limits below nothing, as KubeFed does', () => {
    const argv = ['--kubeconfig=', '--master=', '--kubefed-config=', '--kubefed-namespace=', '--rest_config_qps=-1'];
    expect(parseOptions(argv, '1.0.0')).toEqual({ ...parseOptions([], '1.0.0'), restConfigQps: -1 });
  });

  it('takes where its webhooks are, and what to show there', () => {
    const flags = ['--webhook-port=9443', '--webhook-url=https://laptop:9443', '--webhook-cert-dir=/certs'];
    expect(parseOptions(flags, '1.0.0')).toMatchObject({
      webhookPort: 9443,
      webhookUrl: 'https://laptop:9443',
      webhookCertDir: '/certs',
    });
  });

  it('works in the namespace of its pod when none is named', () => {
    expect(parseOptions([], '1.0.0', 'kubefed').kubefedNamespace).toBe('kubefed');
    expect(parseOptions([], '1.0.0').kubefedNamespace).toBe('kube-federation-system');
  });

  it.each([
    [['--healthz-adr', ':1'], /--healthz-addr/],
    [['--rest-config-qps', 'many'], /must be a number/],
    [['--v', '-1'], /0 or more/],
    [['--webhook-port', '70000'], /a port, or 0/],
    [['--webhook-url', 'http://laptop:8443'], /https:\/\/host:8443/],
    [['--webhook-url', 'https://laptop:8443?x=1'], /nothing behind the path/],
    [['federate'], /too many arguments/],
  ])('says what is wrong with %j and what was meant', (argv, words) => {
    const error = attempt(() => parseOptions(argv, '1.0.0'));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(words);
    expect((error as UsageError).exitCode).toBe(2);
  });

  it('shows its help when asked, which is no failure', () => {
    const error = attempt(() => parseOptions(['--help'], '1.0.0'));
    expect((error as UsageError).exitCode).toBe(0);
    expect((error as UsageError).message).toContain('--kubefed-config <file>');
  });

  it.each([
    ['--dashboard-open on every address', ['--dashboard-addr=:8088', '--dashboard-open'], /loopback/],
    ['--dashboard-open on another address', ['--dashboard-addr=10.0.0.1:8088', '--dashboard-open'], /loopback/],
    [
      'a proxy that shares no secret',
      ['--dashboard-proxy-header=X-User', '--dashboard-proxy-from=10.0.0.1'],
      /need each/,
    ],
    ['a proxy from anywhere', ['--dashboard-proxy-header=X-User', '--dashboard-proxy-secret-file=/s'], /need each/],
    ['a range that is none', ['--dashboard-proxy-from=10.0.0.0/33'], /CIDR/],
    ['an address that is none', ['--dashboard-addr=8088'], /127\.0\.0\.1:8080/],
  ])('lets nobody see the dashboard by mistake: %s is refused', (_what, flags, why) => {
    expect(() => parseOptions(flags, '1.0.0')).toThrow(why);
  });

  it('serves the dashboard without sign-in on loopback', () => {
    const { dashboardAddr, dashboardOpen } = parseOptions(['--dashboard-addr', '[::1]:0', '--dashboard-open'], '1.0.0');
    expect({ dashboardAddr, dashboardOpen }).toEqual({ dashboardAddr: '[::1]:0', dashboardOpen: true });
  });
});

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
