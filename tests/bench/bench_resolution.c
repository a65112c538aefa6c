/* Resolutions over TLS end to end, beside a bare BearSSL echo of the same message sizes in the same run; handshakes per
 * second; memory of an idle connection.
 *
 * Usage: bench_resolution PORT PID POOL TRUST-ANCHORS CERTIFICATE KEY KEY-FILE IDENTITY [--json]
 * PORT and PID are a running registrar's on 127.0.0.1, which holds POOL; CERTIFICATE and KEY are its own, for the echo;
 * KEY-FILE and IDENTITY a pool element's. tests/bench/run sets all this up.
 */
#include "tls_echo.h"
#include "tls_load.h"

#include "parameter_wire.h"
#include "wire_constants.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECONDS 1.5
#define IDLE_CONNECTIONS 200u

static const struct {
    unsigned connections, depth;
} plans[] = {{1, 1}, {8, 1}, {64, 1}, {1, 16}, {8, 16}, {64, 16}};

static struct secure_client_configuration *load_client(const struct secure_client_options *options)
{
    struct secure_problem problem;
    struct secure_client_configuration *client =
        secure_client_configuration_load(options, &problem);
    if (client == NULL) {
        fprintf(stderr, "bench: %s\n", problem.text);
        exit(1);
    }
    return client;
}

static uint32_t make_request(uint8_t *request, uint32_t capacity, const char *pool)
{
    uint32_t at = wire_begin_message(request, capacity, ASAP_HANDLE_RESOLUTION, 0);
    at = wire_put_pool_handle(request, capacity, at, (const uint8_t *)pool, (uint32_t)strlen(pool));
    return wire_end_message(request, capacity, at);
}

static double per_second(struct tls_load_result r)
{
    return (double)r.responses / r.seconds;
}

static double cpu_micros(struct tls_load_result r)
{
    return r.responses == 0 ? 0 : r.server_cpu * 1e6 / (double)r.responses;
}

static void report(json_t *rows, unsigned connections, unsigned depth, struct tls_load_result ours,
                   struct tls_load_result echo)
{
    double ratio = per_second(ours) / per_second(echo);
    printf("%11u %5u %11.0f %8.1f %8.1f %8.2f %11.0f %8.2f %7.2f\n", connections, depth,
           per_second(ours), ours.p50, ours.p99, cpu_micros(ours), per_second(echo),
           cpu_micros(echo), ratio);
    json_array_append_new(rows, json_pack("{s:i,s:i,s:f,s:f,s:f,s:f,s:f,s:f,s:f}", "connections",
                                          connections, "pipelined", depth, "resolutions_per_second",
                                          per_second(ours), "p50_us", ours.p50, "p99_us", ours.p99,
                                          "server_cpu_us", cpu_micros(ours), "echo_per_second",
                                          per_second(echo), "echo_cpu_us", cpu_micros(echo),
                                          "ratio", ratio));
}

static void compare(json_t *rows, const struct tls_load_target *ours,
                    const struct tls_load_target *echo, struct tls_load_plan plan)
{
    printf("request %zu bytes, response %zu bytes\n", plan.request_size, plan.response_size);
    printf("%11s %5s %11s %8s %8s %8s %11s %8s %7s\n", "connections", "depth", "resolve/s",
           "p50 us", "p99 us", "cpu us", "echo/s", "cpu us", "ratio");
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        plan.connections = plans[i].connections;
        plan.depth = plans[i].depth;
        report(rows, plan.connections, plan.depth, tls_load_run(ours, &plan),
               tls_load_run(echo, &plan));
    }
}

static double handshakes(const char *what, const struct tls_load_target *target)
{
    struct tls_load_result r = tls_load_handshakes(target, SECONDS);
    printf("handshakes, %s: %.0f a second from one client, %.2f ms of server CPU each\n", what,
           per_second(r), cpu_micros(r) / 1000.0);
    return per_second(r);
}

int main(int argc, char **argv)
{
    if (argc < 9) {
        fprintf(stderr, "usage: bench_resolution PORT PID POOL TRUST-ANCHORS CERTIFICATE KEY "
                        "KEY-FILE IDENTITY [JSON]\n");
        return 2;
    }
    struct secure_reference reference;
    struct secure_problem problem;
    if (!secure_reference_parse(&reference, "127.0.0.1", &problem))
        return 1;
    struct tls_load_target ours = {
        (uint16_t)atoi(argv[1]), (pid_t)atoi(argv[2]),
        load_client(&(struct secure_client_options){.trust_anchors_file = argv[4]}), &reference};
    struct tls_load_target element = ours;
    element.client =
        load_client(&(struct secure_client_options){.key_file = argv[7], .identity = argv[8]});
    element.reference = NULL;
    uint8_t request[512];
    struct tls_load_plan plan = {.seconds = SECONDS, .request = request};
    plan.request_size = make_request(request, sizeof request, argv[3]);
    plan.response_size = tls_load_learn_size(&ours, request, plan.request_size);

    struct tls_load_target echo = ours;
    echo.server =
        tls_echo_start(argv[5], argv[6], plan.request_size, plan.response_size, &echo.port);
    json_t *rows = json_array();
    compare(rows, &ours, &echo, plan);
    tls_echo_stop(echo.server);
    double certificate = handshakes("certificate", &ours),
           psk = handshakes("pre-shared key", &element);
    double idle_certificate = tls_load_idle_memory(&ours, IDLE_CONNECTIONS);
    double idle_psk = tls_load_idle_memory(&element, IDLE_CONNECTIONS);
    printf("resident memory of an idle connection: certificate %.1f kB, pre-shared key %.1f kB\n",
           idle_certificate / 1000.0, idle_psk / 1000.0);

    json_t *whole =
        json_pack("{s:o,s:f,s:f,s:f,s:f}", "resolution", rows, "certificate_handshakes_per_second",
                  certificate, "psk_handshakes_per_second", psk, "idle_certificate_bytes",
                  idle_certificate, "idle_psk_bytes", idle_psk);
    if (argc > 9 && json_dump_file(whole, argv[9], JSON_INDENT(1)) != 0)
        fprintf(stderr, "bench: cannot write %s\n", argv[9]);
    json_decref(whole);
    return 0;
}
