import { stringify } from 'yaml';
import { awsScript } from './cloud-aws.ts';
import { gcloudScript } from './cloud-gcloud.ts';
import { openstackScript } from './cloud-openstack.ts';
import type { ClusterFirewall } from './firewall.ts';
import { fileName, type GeneratedFile, madeBy, PLAIN, SCRIPT } from './generated-file.ts';

/** `rules`: neutral, for people and other programs; else commands of a cloud's own client. */
export type FirewallFormat = 'rules' | 'aws' | 'gcloud' | 'openstack';

export const FIREWALL_FORMATS: readonly FirewallFormat[] = ['rules', 'aws', 'gcloud', 'openstack'];

const SCRIPTS: Readonly<Record<Exclude<FirewallFormat, 'rules'>, (firewall: ClusterFirewall) => string>> = {
  aws: awsScript,
  gcloud: gcloudScript,
  openstack: openstackScript,
};

export function securityGroups(firewalls: readonly ClusterFirewall[], format: FirewallFormat): GeneratedFile[] {
  return firewalls.map((firewall) => {
    const name = `security-groups/${fileName(firewall.cluster)}`;
    if (format === 'rules') {
      const heading = madeBy('security-groups', `what the firewall of ${firewall.cluster} has to let in`);
      return {
        path: `${name}.yaml`,
        mode: PLAIN,
        text: heading + stringify(firewallData(firewall), { lineWidth: 0, aliasDuplicateObjects: false }),
      };
    }
    const heading = madeBy('security-groups', `the firewall of ${firewall.cluster}; sh FILE [apply|remove]`);
    return { path: `${name}-${format}.sh`, mode: SCRIPT, text: `#!/bin/sh\n${heading}${SCRIPTS[format](firewall)}` };
  });
}

/** Without what only this program needs. */
export function firewallData({ cluster, rules, forwarding, routes }: ClusterFirewall): object {
  return {
    cluster,
    ingress: rules.map(({ name, to, protocol, port, from, why }) => ({
      name,
      to,
      protocol,
      ...(port === undefined ? {} : { port }),
      from: from.map(({ text }) => text),
      why,
    })),
    sourceDestinationCheck: {
      enabled: false,
      nodes: forwarding.nodes,
      ranges: forwarding.ranges.map(({ text }) => text),
    },
    routeTable: {
      ...(routes.via === undefined ? {} : { via: routes.via }),
      to: routes.to.map(({ text }) => text),
    },
  };
}
