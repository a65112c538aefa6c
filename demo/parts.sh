# The parts of the demo, as functions of the shell; see run.
# shellcheck shell=bash disable=SC2154

kills=() # when servers were killed
PROMISED_MS=60000 # the README promises all of it in a minute

milliseconds() { date +%s%3N; }

say() {
    local now
    now=$(($(milliseconds) - start))
    printf '%3d.%01d s  %s\n' $((now / 1000)) $((now % 1000 / 100)) "$*"
}

die() {
    echo "demo: $*" >&2
    tail -n 5 "$dir"/*.log >&2 2>/dev/null
    exit 1
}

pids=()
remember() { pids+=("$1"); }

# Ends only what the demo itself has started.
stop_everything() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null; done
}

# The first child of a process.
child_of() {
    local children
    read -r children < "/proc/$1/task/$1/children"
    echo "${children%% *}"
}

# ---- keys and certificates ----

make_certificates() {
    (
        cd "$dir" || exit 1
        umask 077
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=Demo CA" \
            -keyout ca.key -out ca.pem &&
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=registrar" \
                -keyout registrar.key -out registrar.csr &&
            printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' > registrar.ext &&
            openssl x509 -req -in registrar.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
                -extfile registrar.ext -out registrar.pem
    ) > "$dir/openssl.log" 2>&1 || die "openssl could not make certificates"
}

# One key for each element: the registrar has all of them, an element only its own.
make_keys() {
    local name
    for name in "$@"; do
        "$bin/poolproof" keygen --identity "$name" --role pe --pool web --key-file "$dir/registrar.keys" \
            --client-file "$dir/$name.key" >> "$dir/keygen.log" 2>&1 || die "no key for $name"
    done
}

# A registrar has a line in the key file, too, which says by which server identifier it is known.
make_registrar_keys() {
    local n
    for n in 1 2 3; do
        "$bin/poolproof" keygen --identity registrar-$n --role registrar --server 0x0000000$n \
            --key-file "$dir/registrar.keys" >> "$dir/keygen.log" 2>&1 || die "no key for registrar $n"
    done
}
new_key() { openssl rand -hex 32; }
key_of() { awk -v n="$1" '$1 == n { print $3 }' "$dir/registrar.keys"; }

# Free ports, below those that the kernel gives to outgoing connections.
choose_ports() {
    read -r proxy_port port[1] port[2] port[3] port[4] port[5] asap[1] asap[2] asap[3] enrp[1] enrp[2] enrp[3] \
        stranger_asap stranger_enrp < <(python3 -c '
import random, socket
held = []
while len(held) < 14:
    try:
        held.append(socket.create_server(("127.0.0.1", random.randrange(20000, 32000))))
    except OSError:
        pass
ports = [s.getsockname()[1] for s in held]
for s in held:
    s.close()
print(*ports)')
}

# A registrar's configuration: NAME, server identifier, ports, identity, key file, and the PEERS it is to connect to. Timers are
# quicker than the defaults, so that a minute is enough to see everything.
write_configuration() {
    local name=$1 identifier=$2 asap_port=$3 enrp_port=$4 identity=$5 keys=$6 peer
    {
        cat << END
security = "tls"
listen = { "127.0.0.1:$asap_port" }
enrp_listen = { "127.0.0.1:$enrp_port" }
server_identifier = "$identifier"
identity = "$identity"
key_file = "$keys"
certificate_file = "$dir/registrar.pem"
private_key_file = "$dir/registrar.key"
admin_socket = "$dir/$name.sock"
log_format = "json"
keep_alive_interval_ms = 500
keep_alive_timeout_ms = 500
lost_channel_grace_ms = 500
peer_heartbeat_cycle_ms = 300
max_time_last_heard_ms = 2000
max_time_no_response_ms = 500
startup_time_ms = 3000
peer_dial_minimum_ms = 100
peer_dial_maximum_ms = 500
takeover_grace_ms = 20000
END
        for peer in "${@:7}"; do
            printf 'peer registrar-%s {\n    address = "127.0.0.1:%s"\n    server = "0x0000000%s"\n    identity = "registrar-%s"\n}\n' \
                "$peer" "${enrp[$peer]}" "$peer" "$peer"
        done
    } > "$dir/$name.conf"
    "$bin/poolproofd" --check --config "$dir/$name.conf" > /dev/null || die "configuration refused"
}

write_configurations() {
    local n
    for n in 1 2 3; do
        write_configuration registrar-$n 0x0000000$n "${asap[$n]}" "${enrp[$n]}" registrar-$n "$dir/registrar.keys" \
            $(seq 3 | grep -v $n)
    done
}

# ---- processes ----

admin() { "$bin/poolproof" "$1" --json --socket "$dir/registrar-${2:-1}.sock" 2> /dev/null; }

start_registrar() {
    "$bin/poolproofd" --config "$dir/registrar-$1.conf" 2>> "$dir/registrar-$1.log" &
    registrar[$1]=$!
    remember "${registrar[$1]}"
    local i
    for i in $(seq 100); do
        admin status "$1" > /dev/null && return
        sleep 0.05
    done
    die "registrar $1 does not start"
}

stop_registrar() {
    kill "${registrar[1]}"
    wait "${registrar[1]}" || die "the registrar did not end in order"
}

# All three, or the one that it is to know.
registrars() {
    local n
    for n in ${only_registrar:-1 2 3}; do printf -- '--registrar 127.0.0.1:%s ' "${asap[$n]}"; done
}

start_element() {
    local site=$dir/site-$1
    mkdir -p "$site"
    echo "server $1" > "$site/index.html"
    "$bin/poolproof" pe --pool web --port "${port[$1]}" $(registrars) \
        --key-file "$dir/web-$1.key" --t5-ms 500 --retran-max-ms 1000 --health tcp --health-interval-ms 500 \
        -- busybox httpd -f -p "127.0.0.1:${port[$1]}" -h "$site" 2> "$dir/element-$1.log" &
    element[$1]=$!
    remember "${element[$1]}"
}

elements() { admin elements "$1" | grep -o '"pe":' | grep -c .; }

wait_for_elements() { # wait_for_elements COUNT [REGISTRAR]
    local i
    for i in $(seq 200); do
        [ "$(elements "${2:-1}")" = "$1" ] && return
        sleep 0.05
    done
    die "waited in vain for $1 elements in the pool"
}

start_proxy() {
    "$bin/poolproof" proxy --listen "127.0.0.1:$proxy_port" --pool web \
        $(registrars) --trust "$dir/ca.pem" --stale-ms 1000 \
        --t5-ms 500 --retran-max-ms 1000 --stats "$dir/proxy.json" 2> "$dir/proxy.log" &
    proxy=$!
    remember $proxy
    local i
    for i in $(seq 200); do
        grep -q '"event":"proxy.ready"' "$dir/proxy.log" && return
        sleep 0.05
    done
    die "the proxy does not start"
}

stop_proxy() {
    kill "$proxy"
    wait "$proxy" || die "the proxy did not end in order"
}

# ---- the group ----

# What a registrar holds: pool, identifier, address and home of each element.
holds() { admin elements "$1" | python3 -c '
import json, sys
print(sorted((e["pool"], e["pe"], e.get("address"), e["home"]) for e in json.load(sys.stdin)["elements"]))'; }

# Tries a command for up to ten seconds until it succeeds; dies with the text.
wait_until() {
    local text=$1 i
    shift
    for i in $(seq 200); do
        "$@" && return
        sleep 0.05
    done
    die "waited in vain: $text"
}

active_peers() { [ "$(admin peers "$1" | grep -o '"state":"active"' | grep -c .)" = "$2" ]; }
wait_for_group() { wait_until "registrar $1 knows $2 others" active_peers "$1" "$2"; }
number_of() { admin peers "$1" | grep -o "\"$2\":[0-9]*" | head -n 1 | cut -d: -f2; }
taken_over() { [ $(($(number_of 2 takeovers_done) + $(number_of 3 takeovers_done))) = 1 ] && ! holds 2 | grep -q "'0x00000001'"; }
wait_for_takeover() {
    wait_until "the takeover" taken_over
    elements_taken=$(($(number_of 2 elements_taken) + $(number_of 3 elements_taken)))
}
peers_of() { "$bin/poolproof" peers --socket "$dir/registrar-$1.sock" | sed -n '/^#/,$p' | sed 's/^/           /'; }
home_is() { holds 2 | grep -q "127.0.0.1:${port[5]}', '0x0000000$1'"; }
wait_for_home() { wait_until "web server 5 at registrar $1" home_is "$1"; }

# A registrar that has no business here: NAME, the IDENTITY it claims, and the KEY it has.
start_stranger() {
    local n
    (
        umask 077
        echo "$2 registrar $3 server=0x00000009"
        for n in 2 3; do echo "registrar-$n registrar $(new_key) server=0x0000000$n"; done
    ) > "$dir/$1.keys"
    chmod 600 "$dir/$1.keys"
    write_configuration "$1" 0x00000009 "$stranger_asap" "$stranger_enrp" "$2" "$dir/$1.keys" 2 3
    timeout 5 "$bin/poolproofd" --config "$dir/$1.conf" 2> "$dir/$1.log" &
    stranger=$!
    remember $stranger
}
refused() { grep -qF -e "$1" "$dir/registrar-2.log"; }
wait_for_refusal() {
    wait_until "the refusal of a stranger" refused "$1"
    { kill "$stranger"; wait "$stranger"; } 2> /dev/null
}

# ---- events ----

kill_at_once() { # kill_at_once PID: with no chance to say goodbye; when, in $killed and $kills
    killed=$(milliseconds)
    kills+=("$killed")
    kill -9 "$1"
}

# ---- clients ----

# Two clients ask one after the other, each as fast as it can; a line for each request: exit code of curl,
# milliseconds, when it began, what the server said of itself, HTTP status.
client() {
    local out code begun
    until [ -e "$dir/stop" ]; do
        begun=$(milliseconds)
        out=$(curl -sS -m 10 -w ' %{http_code}' "http://127.0.0.1:$proxy_port/" 2>> "$dir/client.log")
        code=$?
        echo "$code $(($(milliseconds) - begun)) $begun $(echo $out)" >> "$dir/requests.$1"
    done
}

start_clients() {
    local n
    for n in 1 2; do
        : > "$dir/requests.$n"
        client $n &
        clients[$n]=$!
        remember "${clients[$n]}"
    done
}

stop_clients() {
    touch "$dir/stop"
    wait "${clients[1]}" "${clients[2]}"
}

requests() { cat "$dir"/requests.[12]; }
answered() { requests | grep -c '^0 .* 200$'; }
# A request that a server had taken when it was killed dies with it: nobody else can know whether it was carried out, so the
# proxy must not send it again. Those are told apart by the tenth of a second in which the server died; all other failures count.
failures() {
    requests | grep -v '^0 .* 200$' | awk -v kills="${kills[*]}" -v cut="$1" '
        { died = 0; n = split(kills, kill, " ")
          for (i = 1; i <= n; i++)
              if (($1 == 52 || $1 == 56) && $3 <= kill[i] + 100 && $3 + $2 >= kill[i]) died = 1
          if (died == cut) print }'
}
failed() { failures 0 | wc -l; }
cut_off() { failures 1 | wc -l; }
progress() { say "  so far $(answered) requests answered, $(failed) failed"; }

# ---- result ----

number() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$dir/proxy.json" "$1"; }

row() { printf '  %-48s %8s\n' "$1" "$2"; }

show_table() {
    local n status
    status=$(cat "$dir"/registrar-[123].log | grep -c '"event":"registered"')
    echo
    row "requests" "$(requests | wc -l)"
    row "failed" "$(failed)"
    row "cut off in a server that was killed" "$(cut_off)"
    for n in 1 2 3 4 5; do row "answered by server $n" "$(requests | grep -c "server $n 200\$")"; done
    row "longest request, ms" "$(requests | awk '$2 > m { m = $2 } END { print m }')"
    row "connections carried to another element" "$(number failed_over)"
    row "longest fail-over, ms" "$(number failover_ms_max)"
    row "registrations in all" "$status"
    row "both elements back after the restart, ms" "$reregistered"
    row "elements taken over from the killed registrar" "$elements_taken"
    echo
}

verdict() {
    [ "$(answered)" -ge 50 ] || die "too few requests were answered to say anything"
    [ "$during" -gt 0 ] || die "no request was answered while the registrar was down"
    [ "$(failed)" = 0 ] || die "a client saw an error: $(failures 0 | head -n 3)"
    [ $(($(milliseconds) - start)) -le "$PROMISED_MS" ] || die "took more than a minute"
    say "no client saw an error it should not have seen"
}
