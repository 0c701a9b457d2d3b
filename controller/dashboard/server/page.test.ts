import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { expect, it } from 'vitest';
import { pageRoutes } from './page.ts';

it('a shared link to any page opens it, dots in names and all; a file that is not there is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fedmesh-page-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), 'the page');
  await writeFile(join(folder, 'assets', 'a.js'), 'a script');
  const server = createServer(express().use(pageRoutes(folder)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const object = '/objects/federatedconfigmaps.types.kubefed.io/default/kube-root-ca.crt';
    for (const path of ['/', '/clusters/earth', '/clusters/earth.example.org', object])
      expect([path, await (await fetch(`${url}${path}`)).text()]).toEqual([path, 'the page']);
    expect(await (await fetch(`${url}/assets/a.js`)).text()).toBe('a script');
    for (const path of ['/assets/old.js', '/robots.txt']) expect((await fetch(`${url}${path}`)).status).toBe(404);
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
});
