/** What every routes script does with its data. POSIX sh, as far as iproute2, nftables and iptables go back to 2020. */
export const ROUTES_PROGRAM = String.raw`
say() { echo "fedmesh: $*"; }
fail() { echo "fedmesh: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Routes that bear our protocol number are ours; another one to the same range is not touched.
foreign() { # family
  "routes$1" | while read -r range _; do
    ip "-$1" route show exact "$range" | sed 's/$/ /' | grep -v "proto $PROTOCOL " | sed "s|^|$range: |"
  done
}

is_set() { # family range how
  ip "-$1" route show exact "$2" proto "$PROTOCOL" 2>/dev/null | sed 's/$/ /' | grep -qF -- "$3 "
}

missing() { # family
  "routes$1" | while read -r range how; do
    is_set "$1" "$range" "$how" || echo "$range $how"
  done
}

stale() { # family
  wanted=" $("routes$1" | cut -d ' ' -f 1 | tr '\n' ' ')"
  ip "-$1" route show proto "$PROTOCOL" 2>/dev/null | while read -r range _; do
    case $range in */*) ;; *:*) range=$range/128 ;; *) range=$range/32 ;; esac
    case $wanted in *" $range "*) ;; *) echo "$range" ;; esac
  done
}

routes_apply() { # family
  taken=$(foreign "$1")
  [ -z "$taken" ] || fail "somebody else's route is there already, nothing was changed: $taken (remove it, or leave this range out)"
  missing "$1" | while read -r range how; do
    # shellcheck disable=SC2086 # "via ADDRESS" is two words
    ip "-$1" route replace "$range" $how proto "$PROTOCOL" || fail "no route to $range $how: is the next hop in a network of this node?"
    say "route to $range $how"
  done
  stale "$1" | while read -r range; do
    ip "-$1" route del "$range" proto "$PROTOCOL"
    say "route to $range removed: no longer wanted"
  done
}

routes_remove() { # family
  ip "-$1" route show proto "$PROTOCOL" 2>/dev/null | while read -r range _; do
    ip "-$1" route del "$range" proto "$PROTOCOL"
    say "route to $range removed"
  done
}

forwards() { # file under /proc/sys/net
  [ "$(cat "/proc/sys/net/$1" 2>/dev/null)" != 0 ]
}

forwarding() {
  [ -z "$(drops4)" ] || forwards ipv4/ip_forward || echo ipv4/ip_forward
  [ -z "$(drops6)" ] || forwards ipv6/conf/all/forwarding || echo ipv6/conf/all/forwarding
}

forwarding_apply() {
  forwarding | while read -r file; do
    echo 1 >"/proc/sys/net/$file"
    say "$file is 1"
  done
}

nft_wanted() { nft_tables | sed -n 's/^table \(ip6*\) fedmesh {$/\1/p' | sort; }
nft_present() { nft list tables | sed -n 's/^table \(ip6*\) fedmesh$/\1/p' | sort; }

nft_ready() {
  [ "$(nft_wanted)" = "$(nft_present)" ] || return 1
  for family in $(nft_wanted); do
    nft list chain "$family" fedmesh "$STAMP" >/dev/null 2>&1 || return 1
  done
}

nft_apply() {
  nft_ready && return
  { nft_clear; nft_tables; } | nft -f -
  say 'nftables: table fedmesh made'
}

nft_clear() {
  for family in $(nft_present); do echo "delete table $family fedmesh"; done
}

nft_remove() {
  [ -n "$(nft_present)" ] || return 0
  nft_clear | nft -f -
  say 'nftables: table fedmesh removed'
}

# Chains of others that drop what no rule of theirs accepts: accepting elsewhere does not help. Those of iptables are left to iptables.
dropping() { # any: those too that do not drop
  nft list chains | awk -v any="$1" -v iptables="$(has iptables && echo 1)" '
    $1 == "table" { family = $2; table = $3 }
    $1 == "chain" { chain = $2 }
    /hook forward/ && (any || /policy drop/) {
      if (table == "fedmesh" || (family != "ip" && family != "ip6" && family != "inet")) next
      if (iptables && family != "inet" && table == "filter" && chain == "FORWARD") next
      print family, table, chain
    }'
}

lines_for() { # family of a table
  case $1 in ip) drops4 ;; ip6) drops6 ;; inet) drops4; drops6 ;; esac
}

accepted() { # family table chain
  [ "$(nft list chain "$1" "$2" "$3" | grep -c "comment \"$STAMP\"")" = "$(lines_for "$1" | grep -c .)" ]
}

handles() { # family table chain
  nft -a list chain "$1" "$2" "$3" | sed -n 's/.*comment "fedmesh-[0-9a-f]*".* # handle \([0-9]*\)$/\1/p'
}

drops_apply() {
  verb=add
  [ "$FORWARD" = last ] || verb=insert
  dropping '' | while read -r family table chain; do
    accepted "$family" "$table" "$chain" && continue
    {
      handles "$family" "$table" "$chain" | sed "s/^/delete rule $family $table $chain handle /"
      lines_for "$family" | sed "s/^/$verb rule $family $table $chain /; s/$/ accept comment \"$STAMP\"/"
    } | nft -f -
    say "nftables: $family $table $chain lets members' packets through"
  done
}

drops_remove() {
  dropping any | while read -r family table chain; do
    for handle in $(handles "$family" "$table" "$chain"); do
      nft delete rule "$family" "$table" "$chain" handle "$handle"
      say "nftables: rule removed from $family $table $chain"
    done
  done
}

drops_ready() {
  dropping '' | while read -r family table chain; do
    accepted "$family" "$table" "$chain" || return 1
  done
}

program() { # family
  if [ "$1" = 4 ]; then echo iptables; else echo ip6tables; fi
}

jump() { # program table verb chain target
  "$1" -w -t "$2" "$3" "$4" -m comment --comment fedmesh -j "$5" 2>/dev/null
}

chain_ready() { # family table chain target data
  tool=$(program "$1")
  if [ -z "$("$5$1")" ]; then
    if jump "$tool" "$2" -C "$3" "$4"; then return 1; else return 0; fi
  fi
  "$tool" -w -t "$2" -S "$4" 2>/dev/null | grep -qF -- "$STAMP" && jump "$tool" "$2" -C "$3" "$4"
}

chain_apply() { # family table chain target data first|last
  tool=$(program "$1")
  has "$tool" || return 0
  [ -n "$("$5$1")" ] || { chain_remove "$1" "$2" "$3" "$4"; return; }
  chain_ready "$1" "$2" "$3" "$4" "$5" && return
  "$5$1" | "$tool-restore" -w --noflush
  verb=-I
  [ "$6" = first ] || verb=-A
  jump "$tool" "$2" -C "$3" "$4" || jump "$tool" "$2" "$verb" "$3" "$4"
  say "$tool: chain $4"
}

chain_remove() { # family table chain target
  tool=$(program "$1")
  has "$tool" || return 0
  while jump "$tool" "$2" -D "$3" "$4"; do say "$tool: chain $4 removed"; done
  own=$("$tool" -w -t "$2" -S 2>/dev/null | sed -n 's/^-N \(FEDMESH-[A-Z]*\)$/\1/p')
  for name in $own; do "$tool" -w -t "$2" -F "$name"; done
  for name in $own; do "$tool" -w -t "$2" -X "$name"; done
}

chains() { # what to do with each
  for family in 4 6; do
    "$1" "$family" filter FORWARD FEDMESH-FORWARD forward "$FORWARD"
    # With nft the table fedmesh does it.
    has nft || "$1" "$family" nat POSTROUTING FEDMESH-POSTROUTING keep first
  done
}

chain_check() {
  ! has "$(program "$1")" || chain_ready "$@"
}

apply() {
  for family in 4 6; do routes_apply "$family"; done
  forwarding_apply
  if has nft; then
    nft_apply
    drops_apply
  elif ! has iptables; then
    fail 'neither nft nor iptables is here: install nftables'
  fi
  chains chain_apply
}

remove() {
  for family in 4 6; do routes_remove "$family"; done
  if has nft; then
    nft_remove
    drops_remove
  fi
  for family in 4 6; do
    chain_remove "$family" filter FORWARD FEDMESH-FORWARD
    chain_remove "$family" nat POSTROUTING FEDMESH-POSTROUTING
  done
}

# 0: all is as it should be. 1: something has to be applied.
check() {
  for family in 4 6; do
    [ -z "$(missing "$family")$(stale "$family")" ] || return 1
  done
  [ -z "$(forwarding)" ] || return 1
  if has nft; then
    nft_ready || return 1
    drops_ready || return 1
  fi
  for family in 4 6; do
    chain_check "$family" filter FORWARD FEDMESH-FORWARD forward || return 1
    has nft || chain_check "$family" nat POSTROUTING FEDMESH-POSTROUTING keep || return 1
  done
}

has ip || fail 'ip is not here: install iproute2'
case $ACTION in
  apply) apply ;;
  remove) remove ;;
  check) check ;;
  *) fail "what is \"$ACTION\"? It is apply, check or remove" ;;
esac
`.trimStart();
