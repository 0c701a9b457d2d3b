import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { eventually } from '../../kube/eventually.ts';
import { Ethernet } from './ethernet.ts';
import { output } from './execute.ts';
import { Lab } from './lab.ts';
import { isAlive, namespaces, processesIn, sweep } from './leftovers.ts';

describe.runIf(inject('netlab') !== '')('a lab', () => {
  it('leaves neither namespaces, interfaces, processes nor files behind', async () => {
    const before = { namespaces: await namespaces(), interfaces: await interfaces() };
    const lab = await Lab.open(inject('netlab'));
    const machine = await lab.namespace('machine');
    const network = await Ethernet.create(lab, 'network');
    await network.attach(machine, 'eth0', ['192.168.0.1/24']);
    const parent = lab.start(machine, 'sh', ['-c', 'sleep 600 & wait']);
    await eventually(
      'it has a child',
      () => processesIn(machine.name),
      ({ length }) => length === 2,
      { withinMs: 60_000 },
    );

    expect(await interfaces()).toEqual(before.interfaces);
    const ended = await lab.close();

    expect(ended).toHaveLength(2);
    expect(ended).toContain(parent.pid);
    await gone(ended);
    expect({ namespaces: await namespaces(), interfaces: await interfaces() }).toEqual(before);
    await expect(access(lab.folder)).rejects.toThrow('ENOENT');
  });

  it('whose process was killed is removed by the next one, with all that ran in it', async () => {
    const child = spawn(process.execPath, [
      '--import',
      'tsx',
      fileURLToPath(new URL('killed-lab.ts', import.meta.url)),
    ]);
    let pid = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      pid = Number(line);
      break;
    }
    child.kill('SIGKILL');
    await once(child, 'close');
    const left = (await namespaces()).filter((name) => name.startsWith(`fmlab-${child.pid}-`));
    expect(left).toHaveLength(1);
    expect(isAlive(pid)).toBe(true);

    await sweep();

    expect(await namespaces()).not.toEqual(expect.arrayContaining(left));
    await gone([pid]);
  });
});

async function gone(pids: readonly number[]): Promise<void> {
  await eventually(
    'the processes are gone',
    () => pids.filter(isAlive),
    ({ length }) => length === 0,
    { withinMs: 60_000 },
  );
}

/** Names of the machine's own interfaces. */
async function interfaces(): Promise<string[]> {
  const list = JSON.parse(await output('ip', ['-json', 'link', 'show'])) as { ifname: string }[];
  return list.map(({ ifname }) => ifname);
}
