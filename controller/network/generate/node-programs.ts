import type { Distribution } from './node-scripts.ts';

/** Joins the mesh, and finds out the address there: ADDRESS. */
export const INSTALL_PROLOGUE = String.raw`
say() { echo "fedmesh: $*"; }
fail() { echo "fedmesh: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

secret() { # variable, what it is for
  eval "file=\${$1:-}"
  [ -n "$file" ] || fail "$1 is not set: it names a file with $2"
  [ -s "$file" ] || fail "$1: $file is empty or not there"
  cat "$file"
}

# Writes standard input to a file; true when that changed it.
put() { # file
  mkdir -p "$(dirname "$1")"
  cat >"$1.fedmesh"
  if [ -f "$1" ] && cmp -s "$1" "$1.fedmesh"; then
    rm "$1.fedmesh"
    return 1
  fi
  mv "$1.fedmesh" "$1"
}

[ "$(id -u)" = 0 ] || fail 'this needs root'

install_netclient() {
  has netclient && return
  has curl || fail 'curl is not here, and netclient is not either: install one of them'
  case $(uname -m) in
    x86_64) machine=amd64 ;;
    aarch64) machine=arm64 ;;
    armv7l) machine=armv7 ;;
    *) fail "there is no netclient for $(uname -m): install it by hand" ;;
  esac
  url=$\{NETCLIENT_URL:-https://fileserver.netmaker.io/releases/download/$NETCLIENT_VERSION/netclient-linux-$machine}
  folder=$(mktemp -d)
  curl -fsSL -o "$folder/netclient" "$url" || fail "netclient cannot be had from $url: name another place with NETCLIENT_URL"
  chmod 755 "$folder/netclient"
  "$folder/netclient" install
  rm -r "$folder"
  say "netclient $NETCLIENT_VERSION installed"
}

in_network() { netclient list 2>/dev/null | grep -qw -- "$NETWORK"; }

join_network() {
  in_network && return
  token=$(secret NETMAKER_TOKEN_FILE "an enrolment key's token")
  netclient join -t "$token"
  say "joined network $NETWORK"
}

address() {
  ip -o address show dev "$INTERFACE" scope global 2>/dev/null | awk '{ split($4, part, "/"); print part[1]; exit }'
}

# The daemon needs a while until the interface is there.
wait_for_address() {
  tries=0
  while ADDRESS=$(address) && [ -z "$ADDRESS" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt "$\{ADDRESS_TRIES:-60}" ] || fail "$INTERFACE got no address within a minute: \`netclient list\` tells about the network, \`ip address\` the interfaces' names"
    sleep 1
  done
}

install_netclient
join_network
wait_for_address
say "the node's address is $ADDRESS"
`.replaceAll('$\\{', '${');

const K3S = String.raw`
# One list entry a line, for YAML.
entries() { echo "$1" | tr ',' '\n' | sed '/^$/d; s/.*/  - "&"/'; }

config() {
  echo '# Made by fedctl generate node.'
  echo "node-name: \"$NODE\""
  echo "node-ip: \"$ADDRESS\""
  echo "flannel-iface: \"$INTERFACE\""
  [ -z "$LABELS" ] || { echo 'node-label:'; entries "$LABELS"; }
  [ -z "$TAINTS" ] || { echo 'node-taint:'; entries "$TAINTS"; }
}

changed=0
if config | put "$\{K3S_CONFIG_FOLDER:-/etc/rancher/k3s/config.yaml.d}/50-fedmesh.yaml"; then changed=1; fi
if has k3s; then
  [ "$changed" = 0 ] || { systemctl restart k3s-agent && say 'k3s started anew, for its settings changed'; }
else
  installer=$\{K3S_INSTALLER:-}
  if [ -z "$installer" ]; then
    installer=$(mktemp)
    curl -fsSL -o "$installer" https://get.k3s.io || fail 'the installer of k3s cannot be had from https://get.k3s.io: name a copy with K3S_INSTALLER'
  fi
  token=$(secret K3S_TOKEN_FILE "the server's /var/lib/rancher/k3s/server/node-token")
  K3S_URL="https://$SERVER" K3S_TOKEN="$token" INSTALL_K3S_EXEC=agent sh "$installer"
  say 'k3s installed'
fi
`.replaceAll('$\\{', '${');

const KUBEADM = String.raw`
has kubeadm || fail 'kubeadm is not here: install kubeadm, kubelet and a container runtime first'

taints() {
  [ -n "$TAINTS" ] || return 0
  echo '  taints:'
  echo "$TAINTS" | tr ',' '\n' | while IFS=: read -r pair effect; do
    echo "    - key: \"$\{pair%%=*}\""
    case $pair in *=*) echo "      value: \"$\{pair#*=}\"" ;; esac
    echo "      effect: $effect"
  done
}

config() {
  cat <<END
# Made by fedctl generate node.
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: "$SERVER"
    token: "$token"
    caCertHashes: ["$hash"]
nodeRegistration:
  name: "$NODE"
  kubeletExtraArgs:
    - name: node-ip
      value: "$ADDRESS"
END
  [ -z "$LABELS" ] || printf '    - name: node-labels\n      value: "%s"\n' "$LABELS"
  taints
}

if [ -f "$\{KUBELET_CONFIG:-/etc/kubernetes/kubelet.conf}" ]; then
  say 'is a node already'
else
  token=$(secret KUBEADM_TOKEN_FILE 'what "kubeadm token create" prints')
  hash=$(secret CA_HASH_FILE 'the hash of the cluster CA, sha256:…, as "kubeadm token create --print-join-command" shows it')
  folder=$(mktemp -d)
  config >"$folder/join.yaml"
  kubeadm join --config "$folder/join.yaml"
  rm -r "$folder"
  say 'joined the cluster'
fi
`.replaceAll('$\\{', '${');

const MICROK8S = String.raw`
has snap || fail 'snap is not here, and MicroK8s comes as a snap'
has microk8s || { snap install microk8s --classic && say 'MicroK8s installed'; }

state=$\{MICROK8S_STATE:-/var/snap/microk8s/current}
changed=0
set_argument() { # name value
  file=$state/args/kubelet
  grep -qxF -- "--$1=$2" "$file" 2>/dev/null && return
  if { grep -v -- "^--$1=" "$file" 2>/dev/null || :; echo "--$1=$2"; } | put "$file"; then changed=1; fi
}
set_argument node-ip "$ADDRESS"
[ -z "$LABELS" ] || set_argument node-labels "$LABELS"
[ -z "$TAINTS" ] || set_argument register-with-taints "$TAINTS"

if [ -f "$state/var/lock/clustered.lock" ]; then
  [ "$changed" = 0 ] || { snap restart microk8s && say 'MicroK8s started anew, for its settings changed'; }
else
  invitation=$(secret MICROK8S_INVITATION_FILE 'what "microk8s add-node" prints: HOST:25000/TOKEN/HASH')
  microk8s join "$invitation" --worker
  say 'joined the cluster'
fi
`.replaceAll('$\\{', '${');

/** By distribution: what it needs, as comments, and how it joins its cluster. */
export const INSTALL_PROGRAMS: Readonly<Record<Distribution, readonly [needs: string, join: string]>> = {
  k3s: [needs('K3S_TOKEN_FILE        with the token of the k3s server'), K3S],
  kubeadm: [
    needs(
      'KUBEADM_TOKEN_FILE    with a bootstrap token',
      "CA_HASH_FILE          with the hash of the cluster's CA, sha256:...",
    ),
    KUBEADM,
  ],
  microk8s: [
    needs('MICROK8S_INVITATION_FILE   with HOST:25000/TOKEN/HASH, as `microk8s add-node` prints it'),
    MICROK8S,
  ],
};

function needs(...files: readonly string[]): string {
  const lines = ['NETMAKER_TOKEN_FILE   with the token of an enrolment key', ...files];
  return `# Needs root, and in the environment the names of files with secrets, which are read only where they are needed:
${lines.map((line) => `#   ${line}\n`).join('')}# Run again it changes nothing; after a failure it goes on where it was.
`;
}

export const CLEANUP_PROGRAM = String.raw`
say() { echo "fedmesh: $*"; }
fail() { echo "fedmesh: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

[ "$(id -u)" = 0 ] || fail 'this needs root'

# The machine may be about to vanish: what does not go in time is left to the cluster.
leave_objects() {
  if [ -z "$\{KUBECONFIG:-}" ] || ! has kubectl; then return 0; fi
  [ -n "$(kubectl get node "$NODE" --ignore-not-found -o name)" ] || return 0
  kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data --force --timeout "$\{DRAIN_TIMEOUT:-90s}" || say 'not all Pods went in time'
  kubectl delete node "$NODE" --ignore-not-found
}

leave_cluster() {
  case $DISTRIBUTION in
    k3s)
      uninstall=$\{K3S_UNINSTALL:-/usr/local/bin/k3s-agent-uninstall.sh}
      [ ! -x "$uninstall" ] || { "$uninstall" && say 'k3s removed'; }
      rm -f "$\{K3S_CONFIG_FOLDER:-/etc/rancher/k3s/config.yaml.d}/50-fedmesh.yaml"
      ;;
    kubeadm)
      [ -f "$\{KUBELET_CONFIG:-/etc/kubernetes/kubelet.conf}" ] || return 0
      kubeadm reset --force
      say 'left the cluster'
      ;;
    microk8s)
      has microk8s || return 0
      [ ! -f "$\{MICROK8S_STATE:-/var/snap/microk8s/current}/var/lock/clustered.lock" ] || microk8s leave
      snap remove microk8s --purge
      say 'MicroK8s removed'
      ;;
  esac
}

# Put there by the role of fedctl generate ansible, if it is.
remove_routes() {
  script=$\{ROUTES_SCRIPT:-/usr/local/sbin/fedmesh-routes}
  [ ! -x "$script" ] || "$script" remove
}

# Other networks of this machine stay.
leave_network() {
  has netclient || return 0
  netclient list 2>/dev/null | grep -qw -- "$NETWORK" || return 0
  netclient leave "$NETWORK"
  say "left network $NETWORK"
}

leave_objects
leave_cluster
remove_routes
leave_network
`.replaceAll('$\\{', '${');
