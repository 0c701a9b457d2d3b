import type { IpRange } from '../../../apis/meta/ip-range.ts';
import type { ClusterFirewall, FirewallRule } from './firewall.ts';
import { quoted } from './shell.ts';

/** Commands of the AWS CLI, version 2. */
export function awsScript({ cluster, rules, forwarding, routes }: ClusterFirewall): string {
  // One range each: a call with several is refused as a whole when one of them is there already.
  const permissions = rules.flatMap((rule) =>
    rule.from.map((range) => `  permit "$${variableOf(rule)}" ${quoted(JSON.stringify([permission(rule, range)]))}`),
  );
  return `# Needs the AWS CLI with a region and credentials, and in the environment:
#   SECURITY_GROUP           id of the group of the nodes of ${comment(cluster)}
#   GATEWAY_SECURITY_GROUP   id of the one of its gateways, where they have another one
#   ROUTE_TABLE              id of the subnets' route table, where nodes cannot reach their gateway without the VPC's router
set -eu

ACTION=\${1:-apply}
: "\${SECURITY_GROUP:?is the id of the group of the nodes}"
GATEWAY_SECURITY_GROUP=\${GATEWAY_SECURITY_GROUP:-$SECURITY_GROUP}

# What is there already is fine, and so is what is gone already.
unless() { # what the answer may say instead of success, command
  allowed=$1
  shift
  if ! answer=$("$@" 2>&1); then
    case $answer in *"$allowed"*) ;; *) echo "$answer" >&2; exit 1 ;; esac
  fi
}

permit() { # group permissions
  if [ "$ACTION" = apply ]; then
    unless InvalidPermission.Duplicate aws ec2 authorize-security-group-ingress --group-id "$1" --ip-permissions "$2"
  else
    unless InvalidPermission.NotFound aws ec2 revoke-security-group-ingress --group-id "$1" --ip-permissions "$2"
  fi
}

instance() { # private address
  aws ec2 describe-instances --filters "Name=private-ip-address,Values=$1" --query 'Reservations[].Instances[].InstanceId' --output text
}

forwards() { # private address
  id=$(instance "$1")
  [ -n "$id" ] || { echo "no instance has the address $1" >&2; exit 1; }
  if [ "$ACTION" = apply ]; then
    aws ec2 modify-instance-attribute --instance-id "$id" --no-source-dest-check
  else
    aws ec2 modify-instance-attribute --instance-id "$id" --source-dest-check
  fi
}

route() { # range, private address of the gateway
  [ -n "\${ROUTE_TABLE:-}" ] || return 0
  case $1 in
    *:*) destination=--destination-ipv6-cidr-block ;;
    *) destination=--destination-cidr-block ;;
  esac
  if [ "$ACTION" = apply ]; then
    unless RouteAlreadyExists aws ec2 create-route --route-table-id "$ROUTE_TABLE" "$destination" "$1" --instance-id "$(instance "$2")"
  else
    unless InvalidRoute.NotFound aws ec2 delete-route --route-table-id "$ROUTE_TABLE" "$destination" "$1"
  fi
}

main() {
${[
  ...permissions,
  ...forwarding.nodes.map(({ address }) => `  forwards ${quoted(address)}`),
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

function permission({ protocol, port, why }: FirewallRule, { family, text }: IpRange): object {
  // AWS takes letters, digits and a few signs in descriptions.
  const Description = `fedmesh: ${why.replace(/[^A-Za-z0-9 ._:/()#,@[\]+=&;{}!$*-]/g, '')}`;
  return {
    IpProtocol: protocol === 'all' ? '-1' : protocol,
    ...(port === undefined ? {} : { FromPort: port, ToPort: port }),
    ...(family === 4
      ? { IpRanges: [{ CidrIp: text, Description }] }
      : { Ipv6Ranges: [{ CidrIpv6: text, Description }] }),
  };
}

function comment(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
