# A group of three registrars, for tests that need one: lib.sh comes first.
# shellcheck shell=bash disable=SC2154
#
#   make_group      keys, a certificate and configurations of registrars 1 to 3 (and key lines that the test added to $dir/keys)
#   start_one N     starts registrar N; its process is ${registrar[N]}
#   at N COMMAND    asks registrar N's admin socket

declare -a registrar asap enrp

# Quick, but with patience for a busy machine: a registrar that gets no turn for 1.5 s is taken for dead.
fast_timers='peer_heartbeat_cycle_ms = 200
max_time_last_heard_ms = 1500
max_time_no_response_ms = 500
startup_time_ms = 8000
peer_dial_minimum_ms = 50
peer_dial_maximum_ms = 200
takeover_grace_ms = 4000
lost_channel_grace_ms = 4000
keep_alive_interval_ms = 500
keep_alive_timeout_ms = 1000'

# A registrar's configuration: NAME, its own number, ports of ASAP and ENRP, its identity, its key file.
write_registrar() {
    local name=$1 number=$2 asap_port=$3 enrp_port=$4 identity=$5 keys=$6 peer
    {
        cat << END
security = "tls"
listen = { "127.0.0.1:$asap_port" }
enrp_listen = { "127.0.0.1:$enrp_port" }
server_identifier = "0x1$number"
identity = "$identity"
key_file = "$keys"
certificate_file = "$dir/registrar.pem"
private_key_file = "$dir/registrar.key"
admin_socket = "$dir/$name.sock"
log_format = "json"
$fast_timers
END
        for peer in 1 2 3; do
            [ "$peer" = "$number" ] || cat << END
peer r$peer {
    address = "127.0.0.1:${enrp[$peer]}"
    server = "0x1$peer"
    identity = "r$peer"
}
END
        done
    } > "$dir/$name.conf"
}

make_group() {
    local n
    make_ca ca
    make_certificate registrar ca IP:127.0.0.1
    free_ports 'asap[1]' 'asap[2]' 'asap[3]' 'enrp[1]' 'enrp[2]' 'enrp[3]'
    for n in 1 2 3; do make_key r$n registrar "server=0x1$n" "$dir/keys"; done
    for n in 1 2 3; do write_registrar r$n $n "${asap[$n]}" "${enrp[$n]}" r$n "$dir/keys"; done
}

start_one() {
    start timeout -k 5 280 "$bin/poolproofd" --config "$dir/r$1.conf" 2>> "$dir/r$1.log"
    registrar[$1]=$(child_of "${pids[-1]}")
    soon at "$1" status || sed 's/^/# /' "$dir/r$1.log"
}

at() { "$bin/poolproof" "$2" --json --socket "$dir/r$1.sock"; }
tells() { at "$1" "$2" | json_says "$3" > /dev/null; } # tells N COMMAND FILTER

# What registrar N holds: pool, PE identifier, address and home of each element, in order.
holds() { at "$1" elements | jq -cS '[.elements[] | [.pool, .pe, .address, .home]] | sort'; }
# The registrars named hold the same.
alike() {
    local first other n
    first=$(holds "$1") || return 1
    for n in "${@:2}"; do
        other=$(holds "$n") && [ "$first" = "$other" ] || { echo "$1: $first"; echo "$n: $other"; return 1; }
    done
}
# All others that registrar N knows are active, agree, and are N of them: peers_well N COUNT
peers_well() {
    tells "$1" peers ".phase == \"serving\" and ([.peers[] | select(.state == \"active\")] | length) == $2"
}
