# What the certificate tests share: TAP, a throw-away CA in the build folder, servers that come and go.
# Sourced by the test_certificate_* scripts, never run. Nothing it makes outlives the script.

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
BUILD=${BUILD:-build}
peer=$BUILD/interop/certificate_peer
work=$(mktemp -d "$BUILD/certificates.XXXXXX")
points=0
failures=0
servers=()

cleanup() {
    stop_servers
    rm -rf "$work"
}
trap cleanup EXIT

# ---- TAP ----

ok() { # ok 0|1 NAME [DIAGNOSIS]: a test point; 0 is success, as for commands
    points=$((points + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $points - $2"
    else
        failures=$((failures + 1))
        echo "not ok $points - $2"
        [ $# -lt 3 ] || sed 's/^/# /' <<<"$3"
    fi
}

contains() { # contains TEXT PATTERN NAME: a test point
    grep -qE -- "$2" <<<"$1"
    ok $? "$3" "expected $2 in: $1"
}

done_testing() {
    echo "1..$points"
    [ "$failures" -eq 0 ]
}

# ---- keys and certificates ----

new_key() { # new_key NAME OPENSSL-KEY-OPTIONS...
    local name=$1
    shift
    (umask 077 && openssl genpkey "$@" -out "$work/$name.key") 2>/dev/null
}

new_rsa() { # new_rsa NAME [BITS]
    new_key "$1" -algorithm RSA -pkeyopt "rsa_keygen_bits:${2:-2048}"
}

new_ec() { # new_ec NAME [CURVE]
    new_key "$1" -algorithm EC -pkeyopt "ec_paramgen_curve:${2:-P-256}"
}

new_ca() { # new_ca NAME [EXTENSION]: self-signed authority NAME.pem with the key NAME.key
    openssl req -x509 -new -sha256 -key "$work/$1.key" -out "$work/$1.pem" -days 30 -subj "/CN=$1" \
        -addext "keyUsage=critical,keyCertSign" ${2:+-addext "$2"} 2>/dev/null
}

# new_certificate NAME KEY CA EXTENSIONS [OPTIONS...]: EXTENSIONS one a line, OPTIONS for `openssl x509`
new_certificate() {
    local name=$1 key=$2 ca=$3 extensions=$4
    shift 4
    [ $# -gt 0 ] || set -- -days 10
    openssl req -new -key "$work/$key.key" -subj "/CN=registrar.test" -out "$work/$name.csr" 2>/dev/null
    echo "$extensions" >"$work/$name.ext"
    openssl x509 -req -sha256 -in "$work/$name.csr" -CA "$work/$ca.pem" -CAkey "$work/$ca.key" \
        -extfile "$work/$name.ext" -out "$work/$name.pem" "$@" 2>/dev/null
}

# ---- servers ----
# A log is removed before its server starts: the port of the server before must not be taken for its own.

wait_for() { # wait_for FILE PATTERN: until a line comes up; prints the first match, fails after 10 s
    local i
    for i in $(seq 100); do
        grep -oE -m1 -- "$2" "$1" 2>/dev/null && return 0
        sleep 0.1
    done
    return 1
}

start_peer() { # start_peer NAME OPTIONS...: our server; log in $work/NAME.log, port in $port
    local name=$1
    shift
    rm -f "$work/$name.log"
    "$peer" server "$@" >"$work/$name.log" 2>&1 &
    servers+=($!)
    port=$(wait_for "$work/$name.log" "^port [0-9]+") || { echo "Bail out! server $name: $(cat "$work/$name.log")"; exit 1; }
    port=${port#port }
}

start_openssl() { # start_openssl NAME OPTIONS...: openssl s_server turning lines round; port in $port
    local name=$1
    shift
    rm -f "$work/$name.log"
    openssl s_server -accept 127.0.0.1:0 -rev "$@" >"$work/$name.log" 2>&1 </dev/null &
    servers+=($!)
    port=$(wait_for "$work/$name.log" "ACCEPT .*:[0-9]+") || { echo "Bail out! s_server $name: $(cat "$work/$name.log")"; exit 1; }
    port=${port##*:}
}

free_port() { # a TCP port nobody listens on now
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

stop_servers() {
    local server
    for server in "${servers[@]}"; do
        kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    done
    servers=()
}

# ---- clients ----

s_client() { # s_client OPTIONS...: says hello to $port, prints everything openssl says
    (echo hello; sleep 1) | timeout 10 openssl s_client -connect "127.0.0.1:$port" "$@" 2>&1
}

our_client() { # our_client OPTIONS...: our client to $port
    timeout 20 "$peer" client --connect "127.0.0.1:$port" "$@" 2>&1
}
