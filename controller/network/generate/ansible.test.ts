import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { generateAnsible } from './ansible.ts';
import { readSites } from './sites-file.ts';

const cluster = (name: string, index: number, nodes: readonly string[]) => ({
  name,
  podCIDRs: [`10.${index}.0.0/16`],
  nodes: nodes.map((node, at) => ({ name: node, addresses: [`192.168.${index}.${at + 1}`] })),
});

function generate(clusters: readonly object[]): Record<string, string> {
  const { files } = generateAnsible(readSites({ clusters, layer2: ['192.168.0.0/16'] }), { forward: 'last' });
  return Object.fromEntries(files.map(({ path, text }) => [path, text]));
}

describe('the Ansible role', () => {
  it('has an inventory of all nodes, each with its address and a script that is there', () => {
    const files = generate([cluster('vulcan', 2, ['v1']), cluster('earth', 1, ['e2', 'e1'])]);

    expect(parse(files['ansible/inventory.yml'] ?? '')).toEqual({
      fedmesh: {
        hosts: {
          e1: { ansible_host: '192.168.1.2', fedmesh_routes_script: 'earth/e1.sh' },
          e2: { ansible_host: '192.168.1.1', fedmesh_routes_script: 'earth/e2.sh' },
          v1: { ansible_host: '192.168.2.1', fedmesh_routes_script: 'vulcan/v1.sh' },
        },
      },
    });
    expect(files['ansible/roles/fedmesh_routes/files/earth/e1.sh']).toContain('10.2.0.0/16 via 192.168.2.1\n');
  });

  it('tells nodes of the same name apart by their clusters', () => {
    const files = generate([cluster('earth', 1, ['n1', 'n2']), cluster('vulcan', 2, ['n1'])]);

    expect(Object.keys(parse(files['ansible/inventory.yml'] ?? '').fedmesh.hosts)).toEqual([
      'earth-n1',
      'n2',
      'vulcan-n1',
    ]);
  });

  it('consists of YAML in which every task has a name', () => {
    const files = Object.entries(generate([cluster('earth', 1, ['e1']), cluster('vulcan', 2, ['v1'])]));

    const lists = files.filter(([path]) => /\/(tasks|handlers)\//.test(path)).map(([, text]) => parse(text));
    expect(lists.length).toBe(4);
    for (const task of lists.flat()) expect(task).toMatchObject({ name: expect.stringMatching(/^[A-Z]/) });
  });
});
