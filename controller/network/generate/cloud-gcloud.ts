import type { ClusterFirewall, FirewallRule } from './firewall.ts';
import { quoted, slug } from './shell.ts';

/** Commands of gcloud. */
export function gcloudScript({ cluster, rules, forwarding, routes }: ClusterFirewall): string {
  const prefix = `fedmesh-${slug(cluster, 30)}`;
  const allows = rules.flatMap((rule) =>
    byFamily(rule).map(
      ({ name, ranges }) => `  rule ${prefix}-${name} "$${variableOf(rule)}" ${allowed(rule)} ${quoted(ranges)}`,
    ),
  );
  return `# Needs gcloud with a project and credentials, and in the environment:
#   NETWORK       name of the VPC network
#   ZONE          of the instances, which are called as the nodes are
#   TAG           network tag of the nodes
#   GATEWAY_TAG   network tag of the gateways, where they have another one
set -eu

ACTION=\${1:-apply}
: "\${NETWORK:?is the name of the VPC network}"
: "\${ZONE:?is the zone of the instances}"
: "\${TAG:?is the network tag of the nodes}"
GATEWAY_TAG=\${GATEWAY_TAG:-$TAG}

rule() { # name tag allowed ranges
  if [ "$ACTION" = apply ]; then
    if gcloud compute firewall-rules describe "$1" >/dev/null 2>&1; then
      gcloud compute firewall-rules update "$1" --allow "$3" --source-ranges "$4" --target-tags "$2"
    else
      gcloud compute firewall-rules create "$1" --network "$NETWORK" --direction INGRESS --allow "$3" --source-ranges "$4" --target-tags "$2"
    fi
  elif gcloud compute firewall-rules describe "$1" >/dev/null 2>&1; then
    gcloud compute firewall-rules delete "$1" --quiet
  fi
}

# Instances get the right when they are made; later it takes an export and an import of their settings.
forwards() { # instance
  [ "$ACTION" = apply ] || return 0
  may=$(gcloud compute instances describe "$1" --zone "$ZONE" --format 'value(canIpForward)')
  [ "$may" = True ] || echo "$1 may not forward packets: make it with --can-ip-forward, or set canIpForward with gcloud compute instances update-from-file" >&2
}

# Google's networks have no layer 2: every range needs a route there, whatever nodes know.
route() { # name range instance
  if [ "$ACTION" = apply ]; then
    gcloud compute routes describe "$1" >/dev/null 2>&1 ||
      gcloud compute routes create "$1" --network "$NETWORK" --destination-range "$2" --next-hop-instance "$3" --next-hop-instance-zone "$ZONE"
  elif gcloud compute routes describe "$1" >/dev/null 2>&1; then
    gcloud compute routes delete "$1" --quiet
  fi
}

main() {
${[
  ...allows,
  ...forwarding.nodes.map(({ name }) => `  forwards ${quoted(name)}`),
  ...routes.to.flatMap(({ text }) =>
    routes.via ? [`  route ${prefix}-${slug(text, 24)} ${quoted(text)} ${quoted(routes.via.name)}`] : [],
  ),
].join('\n')}
}

case $ACTION in
  apply | remove) main ;;
  *) echo "what is \\"$ACTION\\"? It is apply or remove" >&2; exit 1 ;;
esac
`;
}

function variableOf({ to }: FirewallRule): string {
  return to === 'gateways' ? 'GATEWAY_TAG' : 'TAG';
}

function allowed({ protocol, port }: FirewallRule): string {
  return port === undefined ? protocol : `${protocol}:${port}`;
}

/** A rule of Google's has one address family. */
function byFamily({ name, from }: FirewallRule): { name: string; ranges: string }[] {
  return ([4, 6] as const).flatMap((family) => {
    const ranges = from.filter((range) => range.family === family).map(({ text }) => text);
    return ranges.length === 0 ? [] : [{ name: family === 4 ? name : `${name}-ipv6`, ranges: ranges.join(',') }];
  });
}
