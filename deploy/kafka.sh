#!/usr/bin/env bash
# A real Apache Kafka on this machine: one node, KRaft, loopback only. For tests and for trying
# Colloquy out; not for production. See deploy/README.md.
#
#   deploy/kafka.sh start [DIR]      starts it with its data in DIR and prints HOST:PORT; where it
#                                    ran before, its port stays if it is free
#   deploy/kafka.sh stop [DIR]       stops it; the data stay
#   deploy/kafka.sh with COMMAND…    starts one in a temporary folder, exports
#                                    COLLOQUY_TEST_BROKERS, runs COMMAND, stops and removes it
#
# It listens on a second port with TLS and SASL (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512) for the user
# colloquy, who may do everything, as whoever comes by the first port may, and for the user guest, who
# may do nothing until an access rule says so. DIR/secure has its address, the certificate that vouches
# for it (ca.pem) and the passwords (secret, guest); COLLOQUY_TEST_SECURE names that folder.
#
# Needs Java 17 or later and Maven. The broker's jars are fetched once, by an ordinary `mvn`
# run, into ${XDG_CACHE_HOME:-~/.cache}/colloquy/kafka-VERSION.
set -euo pipefail

readonly READY_SECONDS_MAX=90
readonly STOP_SECONDS_MAX=30
readonly START_TRIES_MAX=3
readonly PORT_SECONDS_MAX=10
readonly HEAP_MB=512

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/kafka/pom.xml")
cache="${XDG_CACHE_HOME:-$HOME/.cache}/colloquy/kafka-$version"

say() { printf 'kafka.sh: %s\n' "$*" >&2; }
fail() { say "$*"; exit 3; }
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2; }

# Fetches the jars unless they are there. The folder appears whole or not at all.
install_broker() {
    [ -d "$cache" ] && return
    command -v mvn >/dev/null || fail "fetching Apache Kafka needs Maven (apt-get install maven)"
    local partial="$cache.partial.$$"
    mkdir -p "$partial"
    say "fetching Apache Kafka $version into $cache"
    if ! mvn -q -B -f "$here/kafka/pom.xml" dependency:copy-dependencies \
        -DoutputDirectory="$partial" -DincludeScope=runtime >"$partial/mvn.log" 2>&1; then
        cat "$partial/mvn.log" >&2
        rm -rf "$partial"
        fail "fetching Apache Kafka $version failed"
    fi
    # Another run may have been quicker; then its folder stays.
    if ! mv -T "$partial" "$cache" 2>/dev/null; then rm -rf "$partial"; fi
}

is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port below the range that the kernel hands out, so that no outgoing connection takes it.
free_port() {
    local port
    for _ in $(seq 100); do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        if is_free "$port"; then echo "$port"; return; fi
    done
    fail "no free port found"
}

# The port of this kind (PLAINTEXT, CONTROLLER, SASL_SSL) that the broker of DIR had before, if it is free
# within a moment: clients that wait for it to come back know no other, and a broker that was killed
# lets go of it a little later. Else a free one.
port_of() {
    local port
    port=$(sed -n "s:^listeners=.*$2\://127\.0\.0\.1\:\([0-9]*\).*:\1:p" "$1/server.properties" 2>/dev/null || true)
    [ -n "$port" ] || { free_port; return; }
    for _ in $(seq $((PORT_SECONDS_MAX * 10))); do
        if is_free "$port"; then echo "$port"; return; fi
        sleep 0.1
    done
    free_port
}

# Whether the process noted in DIR is a broker that this script started there.
is_running() {
    local pid
    pid=$(cat "$1/pid" 2>/dev/null) || return 1
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$1/server.properties"
}

write_settings() {
    local dir=$1 port=$2 controller=$3 secure=$4 secret guest
    secret=$(cat "$dir/secure/secret")
    guest=$(cat "$dir/secure/guest")
    (umask 077; : >"$dir/server.properties")
    cat >"$dir/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,SASL_SSL://127.0.0.1:$secure,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port,SASL_SSL://localhost:$secure
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
log.dirs=$dir/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
transaction.abort.timed.out.transaction.cleanup.interval.ms=2000
group.min.session.timeout.ms=1000
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:colloquy
ssl.keystore.location=$dir/secure/keystore.p12
ssl.keystore.type=PKCS12
ssl.keystore.password=$secret
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_colloquy="$secret" user_guest="$guest";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
END
}

make_password() { (umask 077; head -c 18 /dev/urandom | base64 | tr '+/' 'xy' >"$1"); }

# Passwords and a certificate that signs itself, once for every folder.
make_secrets() {
    local secure=$1/secure
    mkdir -p "$secure"
    # A folder of an earlier version has none.
    [ -e "$secure/guest" ] || make_password "$secure/guest"
    [ -e "$secure/ca.pem" ] && return
    make_password "$secure/secret"
    rm -f "$secure/keystore.p12"
    keytool -genkeypair -alias broker -keyalg EC -groupname secp256r1 -validity 3650 \
        -dname CN=localhost -ext SAN=dns:localhost,ip:127.0.0.1 \
        -storetype PKCS12 -keystore "$secure/keystore.p12" -storepass:file "$secure/secret"
    keytool -exportcert -rfc -alias broker -file "$secure/ca.pem" \
        -keystore "$secure/keystore.p12" -storepass:file "$secure/secret"
}

# The arguments of every Java run, one a line.
java_arguments() {
    printf '%s\n' "-Xmx${HEAP_MB}m" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.awt.headless=true \
        "-Dlog4j2.configurationFile=$here/kafka/log4j2.properties" -cp "$cache/*"
}

format_storage() {
    local dir=$1 id secret guest
    secret=$(cat "$dir/secure/secret")
    guest=$(cat "$dir/secure/guest")
    mapfile -t arguments < <(java_arguments)
    id=$(java "${arguments[@]}" kafka.tools.StorageTool random-uuid) || return 1
    java "${arguments[@]}" kafka.tools.StorageTool format -t "$id" -c "$dir/server.properties" \
        --add-scram "SCRAM-SHA-256=[name=colloquy,password=$secret]" \
        --add-scram "SCRAM-SHA-512=[name=colloquy,password=$secret]" \
        --add-scram "SCRAM-SHA-512=[name=guest,password=$guest]"
}

# In a session of its own: an interrupt at the terminal ends the tests, then this script the broker.
launch() {
    local dir=$1
    mapfile -t arguments < <(java_arguments)
    setsid java "${arguments[@]}" kafka.Kafka "$dir/server.properties" \
        >>"$dir/kafka.log" 2>&1 </dev/null &
    echo $! >"$dir/pid"
}

# Waits for the broker's own word, since a port opens before the broker answers on it.
wait_until_ready() {
    local dir=$1 pid=$2
    for _ in $(seq $((READY_SECONDS_MAX * 10))); do
        grep -q 'Kafka Server started' "$dir/kafka.log" && return 0
        kill -0 "$pid" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

try_start() {
    local dir=$1 port controller secure pid
    port=$(port_of "$dir" PLAINTEXT)
    controller=$(port_of "$dir" CONTROLLER)
    secure=$(port_of "$dir" SASL_SSL)
    : >"$dir/kafka.log"
    make_secrets "$dir" >>"$dir/kafka.log" 2>&1 || return 1
    write_settings "$dir" "$port" "$controller" "$secure"
    if [ ! -e "$dir/data/meta.properties" ]; then
        format_storage "$dir" >>"$dir/kafka.log" 2>&1 || return 1
    fi
    launch "$dir"
    pid=$(cat "$dir/pid")
    if wait_until_ready "$dir" "$pid"; then
        echo "127.0.0.1:$port" >"$dir/address"
        echo "localhost:$secure" >"$dir/secure/address"
        return 0
    fi
    kill -KILL "$pid" 2>/dev/null || true
    mv "$dir/kafka.log" "$dir/kafka.log.failed"
    return 1
}

start() {
    local dir=$1
    mkdir -p "$dir/data"
    dir=$(cd "$dir" && pwd)
    if is_running "$dir"; then cat "$dir/address"; return; fi
    command -v java >/dev/null || fail "Apache Kafka needs Java 17 or later (apt-get install default-jre-headless)"
    install_broker
    for _ in $(seq "$START_TRIES_MAX"); do
        if try_start "$dir"; then cat "$dir/address"; return; fi
    done
    tail -n 30 "$dir/kafka.log.failed" >&2
    fail "the broker did not start; its log is $dir/kafka.log"
}

stop() {
    local dir pid
    dir=$(cd "$1" 2>/dev/null && pwd) || return 0
    is_running "$dir" || return 0
    pid=$(cat "$dir/pid")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq $((STOP_SECONDS_MAX * 10))); do
        if ! kill -0 "$pid" 2>/dev/null; then rm -f "$dir/pid" "$dir/address"; return 0; fi
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    rm -f "$dir/pid" "$dir/address"
}

with() {
    [ $# -gt 0 ] || usage
    local dir code=0
    dir=$(mktemp -d "${TMPDIR:-/tmp}/colloquy-kafka.XXXXXX")
    # shellcheck disable=SC2064  # the folder of now is meant
    trap "stop '$dir' || true; rm -rf '$dir'" EXIT
    COLLOQUY_TEST_BROKERS=$(start "$dir")
    COLLOQUY_TEST_SECURE="$dir/secure"
    export COLLOQUY_TEST_BROKERS COLLOQUY_TEST_SECURE
    "$@" || code=$?
    exit "$code"
}

default_dir="${TMPDIR:-/tmp}/colloquy-kafka-$(id -u)"
case "${1:-}" in
    start) start "${2:-$default_dir}" ;;
    stop) stop "${2:-$default_dir}" ;;
    with) shift; with "$@" ;;
    *) usage ;;
esac
