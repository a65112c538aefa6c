# The benchmarks of a group of registrars, which are real processes on loopback: run sources it, and bench_group.c measures.
# shellcheck shell=bash disable=SC2154
#
#   bench_group JSON [--quick]     prints the tables, and leaves the figures in JSON

declare -a asap enrp

visible_samples=1000
takeover_elements=100
takeover_rounds=5 # with the fast timers

# The timers of RFC 5353, 3.1 are the defaults; the fast ones are those of the simulation (tests/simulation/timers.c).
timers() { # PROFILE
    [ "$1" = RFC ] || cat <<END
peer_heartbeat_cycle_ms = 1000
max_time_last_heard_ms = 3500
max_time_no_response_ms = 1000
takeover_grace_ms = 14000
END
}

write_group_keys() { # SIZE
    local n
    rm -f "$dir/group.keys"
    for n in $(seq "$1"); do
        echo "r$n registrar $(openssl rand -hex 32) server=0x$((100 + n))" >>"$dir/group.keys"
    done
    echo "bench-1 pe $(openssl rand -hex 32) pool=bench*" >>"$dir/group.keys"
    echo "user-1 pu $(openssl rand -hex 32)" >>"$dir/group.keys"
}

# Neither message rates nor the time to start are what is measured.
write_group_member() { # N SIZE PROFILE
    local other
    cat <<END
security = "tls"
listen = { "127.0.0.1:${asap[$1]}" }
enrp_listen = { "127.0.0.1:${enrp[$1]}" }
server_identifier = "0x$((100 + $1))"
identity = "r$1"
key_file = "$dir/group.keys"
admin_socket = "$dir/r$1.sock"
log_format = "json"
startup_time_ms = 5000
peer_dial_minimum_ms = 100
peer_dial_maximum_ms = 1000
resolution_elements_max = 1024
connection_message_rate = 0
connection_message_burst = 0
connection_registration_rate = 0
connection_registration_burst = 0
identity_message_rate = 0
identity_message_burst = 0
identity_registration_rate = 0
identity_registration_burst = 0
$(timers "$3")
END
    for other in $(seq "$2"); do
        [ "$other" = "$1" ] || cat <<END
peer r$other {
    address = "127.0.0.1:${enrp[$other]}"
    server = "0x$((100 + other))"
    identity = "r$other"
}
END
    done
}

start_group_member() { # N
    "$build/poolproofd" --config "$dir/r$1.conf" 2>>"$dir/r$1.log" &
    registrar[$1]=$!
    disown "$!" # the shell says nothing when it is killed
}

until_gone() { # PROCESS...
    while kill -0 "$@" 2>/dev/null; do sleep 0.02; done
}

# Each of the group serves, and knows all others.
wait_for_group() { # SIZE
    local n
    for n in $(seq "$1"); do
        socket=$dir/r$n.sock until_true "registrar $n of $1 does not find its group" status \
            ".group.phase == \"serving\" and .group.peers_alive == $1 - 1"
    done
}

start_group() { # SIZE PROFILE
    local n ports
    read -ra ports < <(free_ports $((2 * $1)))
    write_group_keys "$1"
    for n in $(seq "$1"); do
        asap[n]=${ports[$((2 * n - 2))]}
        enrp[n]=${ports[$((2 * n - 1))]}
    done
    for n in $(seq "$1"); do write_group_member "$n" "$1" "$2" >"$dir/r$n.conf"; done
    for n in $(seq "$1"); do start_group_member "$n"; done
    wait_for_group "$1"
}

stop_group() {
    kill "${registrar[@]}" 2>/dev/null || :
    until_gone "${registrar[@]}"
    registrar=()
}

bench_visibility() {
    local size
    cat <<END
a group of registrars on loopback: an element is registered at one of them; how long until each of them answers
ASAP_HANDLE_RESOLUTION with it (at home: the one it registered at), and, when it has deregistered, without it.
All are asked again as soon as they answer, over open connections with pre-shared keys. Microseconds until the last answer; they
are too long by up to the resolution: the last answer came so long after the last question that was answered otherwise.
END
    printf '%10s %8s %16s %16s %16s %16s\n' '' '' 'visible at all' 'gone from all' 'visible at home' 'resolution'
    printf '%10s %8s %8s %7s %8s %7s %8s %7s %8s %7s\n' registrars samples p50 p99 p50 p99 p50 p99 p50 p99
    for size in 3 5 8; do
        start_group "$size" RFC
        "$build/bench/bench_group" visible "$dir/group.keys" "$visible_samples" "${asap[@]:1:size}" >"$dir/row"
        stop_group
        tee -a "$dir/visible.json" <"$dir/row" | jq -r '[.registrars, .samples,
            (.visible_us, .gone_us, .visible_at_home_us, .resolution_us | .p50, .p99 | round)] | @tsv' |
            while read -r line; do
                # shellcheck disable=SC2086
                printf '%10d %8d %8d %7d %8d %7d %8d %7d %8d %7d\n' $line
            done
    done
}

# Registrar 1 of a running group is lost, by SIGKILL or SIGSTOP: a line of JSON.
lose_and_measure() { # SIZE PROFILE SIGNAL ROUND
    local n
    for n in $(seq "$1"); do : >"$dir/r$n.log"; done
    "$build/bench/bench_group" takeover "$dir/group.keys" "bench-$4" "$takeover_elements" "$3" "${registrar[1]}" \
        "${asap[@]:1:$1}" >"$dir/row"
    kill -KILL "${registrar[1]}" 2>/dev/null || :
    until_gone "${registrar[1]}"
    unset 'registrar[1]'
    # When a survivor gave it up, and when one had taken over, by their logs.
    for n in $(seq 2 "$1"); do cat "$dir/r$n.log"; done | jq -cs --arg timers "$2" --arg signal "$3" --slurpfile row "$dir/row" '
        def seconds: (.time[0:19] + "Z" | fromdate) + (.time[20:23] | tonumber) / 1000;
        def first($event): [.[] | select(.event == $event) | seconds] | min - $row[0].lost_at;
        {timers: $timers, signal: $signal} + $row[0] + {detected_s: first("peer-dead"), done_s: first("takeover-done")}
        | del(.lost_at)'
}

bench_takeovers_of() { # SIZE PROFILE SIGNAL ROUNDS
    local round
    start_group "$1" "$2"
    rm -f "$dir/rounds"
    for round in $(seq "$4"); do
        lose_and_measure "$1" "$2" "$3" "$round" >>"$dir/rounds"
        [ "$round" = "$4" ] && break
        start_group_member 1
        wait_for_group "$1"
    done
    stop_group
    cat "$dir/rounds" >>"$dir/takeover.json"
    jq -rs 'def middle: sort | .[length / 2 | floor];
        def both($name): map(.[$name]) | middle, max | . * 1000 | round / 1000;
        [.[0].timers, .[0].signal, .[0].registrars, length, both("detected_s"), both("taken_s"), both("known_s")] | @tsv' \
        "$dir/rounds" | while read -r line; do
        # shellcheck disable=SC2086
        printf '%6s %8s %10d %6d %9.3f %8.3f %9.3f %8.3f %9.3f %8.3f\n' $line
    done
}

bench_takeover() { # [--quick]
    local size signal
    cat <<END

one registrar of the group, home of $takeover_elements elements, is killed (its connections break), or stopped (they stand, and say nothing)
just after it was heard; its elements do nothing. Seconds until another one has found it dead (by its log, to the millisecond), until
one, and until all others, answer that the elements have another home (asked every millisecond): the median of the rounds, and the most
END
    printf '%6s %8s %10s %6s %18s %18s %18s\n' '' '' '' '' 'found dead' 'taken over' 'known to all'
    printf '%6s %8s %10s %6s %9s %8s %9s %8s %9s %8s\n' timers signal registrars rounds p50 most p50 most p50 most
    for signal in KILL STOP; do
        for size in 3 5 8; do bench_takeovers_of "$size" fast "$signal" "$takeover_rounds"; done
    done
    if [ "${1:-}" = --quick ]; then
        echo "   RFC  left out by --quick"
    else
        bench_takeovers_of 3 RFC KILL 3
        bench_takeovers_of 3 RFC STOP 1
    fi
}

bench_group() { # JSON [--quick]
    rm -f "$dir/visible.json" "$dir/takeover.json"
    bench_visibility
    bench_takeover "${2:-}"
    jq -n --slurpfile visible "$dir/visible.json" --slurpfile takeover "$dir/takeover.json" \
        '{benchmark: "group", visibility: $visible, takeover: $takeover}' >"$1"
}
