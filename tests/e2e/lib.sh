# What the end-to-end tests have in common: TAP, a folder of their own, processes that are surely ended.
# shellcheck shell=bash disable=SC2034
#
#   . "$(dirname "$0")/lib.sh"     first line of a test; sets bin (programs), dir (scratch folder), here
#   check "it does this" COMMAND   one test point: the command succeeds
#   finish                         last line: the plan

set -u
# The daemon forbids that it is traced, which the leak check of a build with sanitizers would have to do.
export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "${BUILD:-build}" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/poolproof-e2e.XXXXXX")
points=0
failures=0
pids=()

cleanup() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null; done
    for pid in "${pids[@]}"; do wait "$pid" 2> /dev/null; done
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# Runs in the background with a time limit, and is ended at the end at the latest; $! is it.
start() {
    "$@" &
    pids+=("$!")
}

check() {
    local name=$1
    shift
    points=$((points + 1))
    if "$@" > "$dir/out" 2>&1; then
        echo "ok $points - $name"
    else
        failures=$((failures + 1))
        echo "not ok $points - $name"
        echo "# $*"
        tail -n 12 "$dir/out" | sed 's/^/# /'
    fi
}

# A test point that cannot be tried here: NAME, and why.
skip() {
    points=$((points + 1))
    echo "ok $points - $1 # SKIP $2"
}

finish() {
    echo "1..$points"
    [ "$failures" -eq 0 ]
    exit
}

# Succeeds when COMMAND exits with CODE and its output (both streams) holds TEXT.
gives() {
    local code=$1 text=$2 output status
    shift 2
    output=$(timeout 20 "$@" 2>&1 < /dev/null)
    status=$?
    printf 'exit %s (wanted %s): %s\nwanted: %s\n' "$status" "$code" "$output" "$text"
    [ "$status" -eq "$code" ] && [[ $output == *"$text"* ]]
}

# Tries a command for up to ten seconds until it succeeds.
soon() {
    local i
    for i in $(seq 100); do
        "$@" > /dev/null 2>&1 && return 0
        sleep 0.1
    done
    "$@"
}

# Whether somebody listens on a port of 127.0.0.1: a program that was started needs a while for it. Connects to nobody.
listens() { grep -q " 0100007F:$(printf %04X "$1") 00000000:0000 0A " /proc/net/tcp; }

has() { grep -qF -e "$2" "$1"; }
lacks() { ! grep -qF -e "$2" "$1"; }

# As many free ports as variables are named; below those that the kernel gives to outgoing connections, so that
# they stay free until they are used.
free_ports() {
    read -r "$@" < <(python3 -c '
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    try:
        held.append(socket.create_server(("127.0.0.1", random.randrange(20000, 32000))))
    except OSError:
        pass
ports = [s.getsockname()[1] for s in held]
for s in held:
    s.close()
print(*ports)' $#)
}

# A certification authority (ca.pem), and NAME.pem and NAME.key signed by it for the names in ALT.
make_ca() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
        -keyout "$dir/$1.key" -out "$dir/$1.pem" 2> /dev/null
}
make_certificate() {
    local name=$1 ca=$2 alt=$3
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=registrar" \
        -keyout "$dir/$name.key" -out "$dir/$name.csr" 2> /dev/null
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$alt" > "$dir/$name.ext"
    openssl x509 -req -in "$dir/$name.csr" -CA "$dir/$ca.pem" -CAkey "$dir/$ca.key" -CAcreateserial -days 2 \
        -extfile "$dir/$name.ext" -out "$dir/$name.pem" 2> /dev/null
    chmod 600 "$dir/$name.key"
}

# A key file line for NAME with RIGHTS, in FILE (added) and alone in NAME.client.
make_key() {
    local name=$1 roles=$2 rights=$3 file=$4
    local line="$name $roles $(openssl rand -hex 32) $rights"
    (
        umask 077
        echo "$line" >> "$file"
        echo "$line" > "$dir/$name.client"
    )
}

# A registrar with TLS on $port: keys of web-1, web-2 (pool web) and db-1 (pool db), a certificate for 127.0.0.1.
# Further lines of configuration come on standard input.
secure_registrar() {
    make_ca ca
    make_certificate registrar ca IP:127.0.0.1
    make_key web-1 pe pool=web "$dir/keys"
    make_key web-2 pe pool=web "$dir/keys"
    make_key db-1 pe pool=db "$dir/keys"
    {
        cat << END
security = "tls"
listen = { "127.0.0.1:$port" }
key_file = "$dir/keys"
certificate_file = "$dir/registrar.pem"
private_key_file = "$dir/registrar.key"
admin_socket = "$dir/admin.sock"
log_format = "json"
END
        cat
    } > "$dir/poolproofd.conf"
    start_registrar
}

# A registrar without TLS on $port.
plain_registrar() {
    {
        cat << END
security = "none"
listen = { "127.0.0.1:$port" }
admin_socket = "$dir/admin.sock"
log_format = "json"
END
        cat
    } > "$dir/poolproofd.conf"
    start_registrar
}

start_registrar() {
    start timeout -k 5 280 "$bin/poolproofd" --config "$dir/poolproofd.conf" 2>> "$dir/log"
    wrapper=${pids[-1]}
    soon admin status || sed 's/^/# /' "$dir/log"
    daemon=$(child_of "$wrapper")
}

# The first child of a process, as soon as it has one.
child_of() {
    local children='' i
    for i in $(seq 50); do
        read -r children < "/proc/$1/task/$1/children"
        [ -n "$children" ] && break
        sleep 0.05
    done
    echo "${children%% *}"
}

admin() { "$bin/poolproof" "$1" --json --socket "$dir/admin.sock"; }
# Whether standard input is one JSON value that is as FILTER wants; jq alone finds nothing wrong with no input at all.
json_says() { jq -es "length == 1 and (.[0] | $1)"; }
ask() { admin "$1" | json_says "$2"; }
elements_are() { ask elements ".elements | length == $1"; }

# The options of a client that has no key, and of the one with the key of IDENTITY.
user() { client=(--registrar "127.0.0.1:$port" --trust "$dir/ca.pem"); }
element() { client=(--registrar "127.0.0.1:$port" --key-file "$dir/$1.client"); }
