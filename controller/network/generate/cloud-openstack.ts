import type { ClusterFirewall, FirewallRule } from './firewall.ts';
import { quoted } from './shell.ts';

/** Commands of the OpenStack client. */
export function openstackScript({ cluster, rules, forwarding, routes }: ClusterFirewall): string {
  const allows = rules.flatMap((rule) =>
    rule.from.map(
      ({ text, family }) =>
        `  rule "$${variableOf(rule)}" ${family} ${rule.protocol === 'all' ? 'any' : rule.protocol} ${quoted(String(rule.port ?? ''))} ${quoted(text)}`,
    ),
  );
  const pairs = forwarding.ranges.map(({ text }) => text).join(' ');
  return `# Needs the OpenStack client with credentials, and in the environment:
#   SECURITY_GROUP           the group of the nodes of ${cluster.replace(/\p{Cc}+/gu, ' ')}
#   GATEWAY_SECURITY_GROUP   the one of its gateways, where they have another one
#   ROUTER                   the subnet's router, where nodes cannot reach their gateway without it
set -eu

ACTION=\${1:-apply}
: "\${SECURITY_GROUP:?is the group of the nodes}"
GATEWAY_SECURITY_GROUP=\${GATEWAY_SECURITY_GROUP:-$SECURITY_GROUP}

# What is there already is fine.
present() { # command
  if ! answer=$("$@" 2>&1); then
    case $answer in *"already exists"*) ;; *) echo "$answer" >&2; exit 1 ;; esac
  fi
}

rule() { # group family protocol port range
  set -- "$1" "$2" "$3" "$4" "$5" --ingress --ethertype "IPv$2" --protocol "$3" --remote-ip "$5"
  [ -z "$4" ] || set -- "$@" --dst-port "$4"
  group=$1 protocol=$3 port=$4 range=$5
  shift 5
  if [ "$ACTION" = apply ]; then
    present openstack security group rule create "$@" --description fedmesh "$group"
  else
    openstack security group rule list "$group" --ingress --long -f value -c ID -c 'IP Protocol' -c 'IP Range' -c 'Port Range' |
      awk -v protocol="$protocol" -v range="$range" -v ports="\${port:+$port:$port}" '
        ($2 == protocol || (protocol == "any" && ($2 == "None" || $2 == "any"))) && $3 == range && (ports == "" || $4 == ports) { print $1 }' |
      while read -r id; do openstack security group rule delete "$id"; done
  fi
}

# Port security drops packets whose addresses are not the port's own.
forwards() { # address ranges
  port=$(openstack port list --fixed-ip "ip-address=$1" -f value -c ID)
  [ -n "$port" ] || { echo "no port has the address $1" >&2; exit 1; }
  for range in $2; do
    if [ "$ACTION" = apply ]; then
      openstack port set --allowed-address "ip-address=$range" "$port"
    else
      openstack port unset --allowed-address "ip-address=$range" "$port" || echo "$range was not allowed on $port"
    fi
  done
}

route() { # range, address of the gateway
  [ -n "\${ROUTER:-}" ] || return 0
  if [ "$ACTION" = apply ]; then
    openstack router add route --route "destination=$1,gateway=$2" "$ROUTER"
  else
    openstack router remove route --route "destination=$1,gateway=$2" "$ROUTER"
  fi
}

main() {
${[
  ...allows,
  ...forwarding.nodes.map(({ address }) => `  forwards ${quoted(address)} ${quoted(pairs)}`),
  ...routes.to.flatMap(({ text }) => (routes.via ? [`  route ${quoted(text)} ${quoted(routes.via.address)}`] : [])),
].join('\n')}
}

case $ACTION in
  apply | remove) main ;;
  *) echo "what is \\"$ACTION\\"? It is apply or remove" >&2; exit 1 ;;
esac
`;
}

function variableOf({ to }: FirewallRule): string {
  return to === 'gateways' ? 'GATEWAY_SECURITY_GROUP' : 'SECURITY_GROUP';
}
