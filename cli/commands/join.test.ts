import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sandbox } from '../testing/run-fedctl.ts';

describe('what is wrong on the command line of fedctl join', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host');
  });
  afterEach(() => sandbox.close());

  it.each([
    ['Earth', '"Earth" is not a name for a cluster'],
    ['earth.example', '"earth.example" is not a name for a cluster'],
    ['a'.repeat(64), 'is not a name for a cluster'],
    ['earth --secret-name Bad_Name', '--secret-name: "Bad_Name" must be'],
    ['earth --api-endpoint ftp://earth', '--api-endpoint: "ftp://earth" is not http or https'],
    ['earth --proxy-url telnet://earth', '--proxy-url: is not http, https or socks5'],
    [
      'earth --pod-cidrs 10.244.0.1/16',
      '--pod-cidrs: "10.244.0.1/16" has bits set behind its prefix: the range is 10.244.0.0/16',
    ],
    ['earth --service-cidrs ten', '--service-cidrs: "ten" is no range'],
    [
      'earth --pod-cidrs 10.0.0.0/8 --service-cidrs 10.96.0.0/12',
      '--service-cidrs: "10.96.0.0/12" shares addresses with',
    ],
    ['earth --overlap-policy Perhaps', 'Allowed choices are Deny, Warn, Remap'],
    ['earth --labels region', '--labels: "region" must have one "="'],
  ])('is said by its name before any server is asked: %s', async (line, message) => {
    const { code, stderr } = await sandbox.fedctl(`join ${line}`);

    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(sandbox.servers.host.requests).toEqual([]);
  });
});
