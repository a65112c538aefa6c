/* A group of registrars as its pool elements and pool users see it: how long until a registration at one registrar is
 * visible at all, and until the elements of one that is lost have another home.
 *
 * Usage: bench_group visible KEY-FILE SAMPLES PORT...
 *        bench_group takeover KEY-FILE POOL ELEMENTS KILL|STOP PROCESS PORT...
 * PORTs are the ASAP ports of all registrars of a running group on 127.0.0.1; KEY-FILE has the keys of the pool element
 * "bench-1" and of the pool user "user-1". tests/bench/group_lib.sh sets all this up, and prints what this writes to standard
 * output: a line of JSON.
 *
 *   visible   SAMPLES times, at each registrar in turn: an element is registered, and every registrar asked until its answer has
 *             the element; then it is deregistered, and every one asked until no answer has it.
 *   takeover  ELEMENTS are registered at the registrar of the first PORT, which is PROCESS. It gets SIGKILL or SIGSTOP, and the others are
 *             asked until their answers say that another registrar is home of all of them. The elements themselves do nothing.
 *
 * There is one question under way to each registrar, over a connection that stays open, and the next follows the answer at
 * once (takeover: TAKEOVER_PAUSE_US later). What is asked for became true between the question that was the last to be answered with
 * no and the answer that says yes; the time of the latter is what counts, and the distance is told as the resolution.
 */
#include "asap_peer.h"

#include "wire_constants.h"

#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define REGISTRARS_MAX 16u
#define ELEMENTS_MAX 512u
#define SAMPLES_MAX 100000u
#define WARM_UP 20u

/* A takeover takes seconds: the questions need not keep busy what they measure. */
#define TAKEOVER_PAUSE_US 1000u

#define VISIBLE_SECONDS 10.0
#define TAKEOVER_SECONDS 300.0 /* RFC 5353's timers take 66 */

struct registrar_view {
    struct asap_peer user;    /* asks */
    struct asap_peer element; /* registers */
    bool waiting;             /* for the answer to a question */
    uint64_t asked_at;
    uint64_t ask_after;
    uint64_t not_before; /* the last question that was answered with no; at first, the beginning */
    uint64_t seen_at;    /* the answer that said yes; 0: not yet */
};

/* What is waited for: an answer that `yes` finds right. */
struct wish {
    const char *pool;
    const char *text;
    bool (*yes)(const struct wish *wish, const struct asap_message *m, const uint8_t *bytes);
    uint32_t first_identifier, count; /* of the elements */
    uint32_t home;                    /* that they had */
    uint32_t pause_us;
    double seconds;
};

static struct registrar_view view[REGISTRARS_MAX];
static unsigned registrars;

static void fail(const char *what)
{
    fprintf(stderr, "bench_group: %s\n", what);
    exit(1);
}

/* ---- answers ---- */

/* How many of the elements that are wished for the answer has; of them, in *elsewhere, how many with another home. */
static uint32_t count_elements(const struct wish *wish, const struct asap_message *m,
                               const uint8_t *bytes, uint32_t *elsewhere)
{
    struct wire_iterator left = m->pool_elements;
    struct wire_pool_element element;
    uint32_t found = 0;

    *elsewhere = 0;
    while (wire_pool_element_next(bytes, m->length, &left, &element)) {
        if (element.pe_identifier - wish->first_identifier >= wish->count)
            continue;
        found++;
        *elsewhere += element.home_enrp_server_identifier != wish->home ? 1u : 0u;
    }
    return found;
}

static bool all_there(const struct wish *wish, const struct asap_message *m, const uint8_t *bytes)
{
    uint32_t elsewhere;

    return count_elements(wish, m, bytes, &elsewhere) == wish->count;
}

static bool none_there(const struct wish *wish, const struct asap_message *m, const uint8_t *bytes)
{
    uint32_t elsewhere;

    return count_elements(wish, m, bytes, &elsewhere) == 0;
}

/* A takeover loses nothing, not even for a while. */
static bool all_elsewhere(const struct wish *wish, const struct asap_message *m,
                          const uint8_t *bytes)
{
    uint32_t elsewhere;

    if (count_elements(wish, m, bytes, &elsewhere) != wish->count)
        fail("an answer lacks elements while they are taken over");
    return elsewhere == wish->count;
}

/* ---- asking ---- */

static void ask(struct registrar_view *v, const struct wish *wish)
{
    v->waiting = true;
    v->asked_at = bench_now_ns();
    asap_peer_resolve(&v->user, wish->pool);
}

/* Takes an answer if there is one; false: there is none. */
static bool take_answer(struct registrar_view *v, const struct wish *wish)
{
    struct asap_message m;
    const uint8_t *bytes;

    if (!v->waiting || !asap_peer_receive(&v->user, &m, &bytes))
        return false;
    if (m.type != ASAP_HANDLE_RESOLUTION_RESPONSE)
        return true;
    uint64_t now = bench_now_ns();
    v->waiting = false;
    v->ask_after = now + wish->pause_us * 1000u;
    if (wish->yes(wish, &m, bytes))
        v->seen_at = now;
    else
        v->not_before = v->asked_at;
    return true;
}

/* Takes what there is, and asks again when it is time. Asking may take in the answer, if it is there at once: looks again. */
static void attend(struct registrar_view *v, const struct wish *wish)
{
    bool asked;

    do {
        while (take_answer(v, wish))
            ;
        asked = v->seen_at == 0 && !v->waiting && bench_now_ns() >= v->ask_after;
        if (asked)
            ask(v, wish);
    } while (asked);
}

/* Sleeps until an answer arrives, or a question is due. */
static void rest(unsigned first)
{
    struct pollfd waiting[REGISTRARS_MAX];
    uint64_t now = bench_now_ns(), due = now + 100000000u;
    nfds_t count = 0;

    for (unsigned i = first; i < registrars; i++) {
        if (view[i].waiting)
            waiting[count++] = (struct pollfd){.fd = view[i].user.tls.fd, .events = POLLIN};
        else if (view[i].seen_at == 0 && view[i].ask_after < due)
            due = view[i].ask_after;
    }
    const struct timespec left = {.tv_nsec = due > now ? (long)(due - now) : 0};
    ppoll(waiting, count, &left, NULL);
}

static bool satisfied(unsigned first)
{
    for (unsigned i = first; i < registrars; i++)
        if (view[i].seen_at == 0 || view[i].waiting)
            return false;
    return true;
}

/* Asks the registrars from `first` on until each has said yes. */
static void wait_for(const struct wish *wish, unsigned first)
{
    uint64_t start = bench_now_ns();

    for (unsigned i = first; i < registrars; i++) {
        view[i].seen_at = view[i].ask_after = 0;
        view[i].not_before = start;
    }
    for (;;) {
        for (unsigned i = first; i < registrars; i++)
            attend(&view[i], wish);
        if (satisfied(first))
            return;
        if ((double)(bench_now_ns() - start) / 1e9 > wish->seconds)
            fail(wish->text);
        rest(first);
    }
}

/* The answer to a registration or deregistration, which may be there already; others are passed over. */
static void expect(struct asap_peer *peer, uint8_t type)
{
    struct asap_message m = {0};
    const uint8_t *bytes;
    uint64_t end = bench_now_ns() + (uint64_t)(VISIBLE_SECONDS * 1e9);

    do {
        while (!asap_peer_receive(peer, &m, &bytes)) {
            struct pollfd waiting = {.fd = peer->tls.fd, .events = POLLIN};
            if (bench_now_ns() > end)
                fail("a registration or deregistration is not answered");
            poll(&waiting, 1, 100);
        }
    } while (m.type != type);
    if (type == ASAP_REGISTRATION_RESPONSE && m.flags % 2u == ASAP_FLAG_REJECT)
        fail("a registration is refused");
    if (m.has_operation_error != 0u)
        fail("a registration or deregistration is answered with an error");
}

/* ---- figures ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* {"p50": ..., "p99": ..., "most": ...} of samples in nanoseconds, as microseconds. */
static json_t *percentiles(double *sample, size_t count)
{
    qsort(sample, count, sizeof *sample, by_value);
    return json_pack("{s:f,s:f,s:f}", "p50", sample[count / 2] / 1e3, "p99",
                     sample[(count * 99 + 99) / 100 - 1] / 1e3, "most", sample[count - 1] / 1e3);
}

static uint64_t last_seen(unsigned first)
{
    uint64_t last = 0;

    for (unsigned i = first; i < registrars; i++)
        last = view[i].seen_at > last ? view[i].seen_at : last;
    return last;
}

static uint64_t first_seen(unsigned first)
{
    uint64_t earliest = UINT64_MAX;

    for (unsigned i = first; i < registrars; i++)
        earliest = view[i].seen_at < earliest ? view[i].seen_at : earliest;
    return earliest;
}

/* How long before the last answer what was wished for can have been true at the last registrar. */
static double resolution(unsigned first)
{
    const struct registrar_view *last = &view[first];

    for (unsigned i = first; i < registrars; i++)
        last = view[i].seen_at > last->seen_at ? &view[i] : last;
    return (double)(last->seen_at - last->not_before);
}

static void print(json_t *object)
{
    if (object == NULL || json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER) != 0 ||
        printf("\n") < 0 || fflush(stdout) != 0)
        fail("the figures cannot be written");
    json_decref(object);
}

/* ---- visible ---- */

struct visibility {
    double *seen, *gone, *answered, *resolution;
};

/* One element comes, is seen by all, goes, and is seen by none. */
static void one_element(const struct visibility *out, size_t sample, struct registrar_view *home,
                        uint32_t identifier)
{
    const struct wish wish = {"bench",   "a registration never becomes visible at all registrars",
                              all_there, identifier,
                              1,         0,
                              0,         VISIBLE_SECONDS};
    struct wish over = wish;

    uint64_t start = bench_now_ns();
    asap_peer_register(&home->element, wish.pool, identifier);
    wait_for(&wish, 0);
    expect(&home->element, ASAP_REGISTRATION_RESPONSE);
    out->seen[sample] = (double)(last_seen(0) - start);
    out->answered[sample] = (double)(home->seen_at - start);
    out->resolution[sample] = resolution(0);

    over.text = "a deregistration never becomes visible at all registrars";
    over.yes = none_there;
    start = bench_now_ns();
    asap_peer_deregister(&home->element, wish.pool, identifier);
    wait_for(&over, 0);
    expect(&home->element, ASAP_DEREGISTRATION_RESPONSE);
    out->gone[sample] = (double)(last_seen(0) - start);
}

static void visible(size_t samples)
{
    struct visibility all = {calloc(samples, sizeof(double)), calloc(samples, sizeof(double)),
                             calloc(samples, sizeof(double)), calloc(samples, sizeof(double))};

    if (all.seen == NULL || all.gone == NULL || all.answered == NULL || all.resolution == NULL)
        bench_die("memory");
    for (uint32_t i = 0; i < WARM_UP; i++)
        one_element(&all, 0, &view[i % registrars], 0x10000u + i);
    for (uint32_t i = 0; i < samples; i++)
        one_element(&all, i, &view[i % registrars], 0x20000u + i);
    print(json_pack("{s:i,s:i,s:o,s:o,s:o,s:o}", "registrars", (int)registrars, "samples",
                    (int)samples, "visible_us", percentiles(all.seen, samples), "gone_us",
                    percentiles(all.gone, samples), "visible_at_home_us",
                    percentiles(all.answered, samples), "resolution_us",
                    percentiles(all.resolution, samples)));
    free(all.seen);
    free(all.gone);
    free(all.answered);
    free(all.resolution);
}

/* ---- takeover ---- */

static double unix_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The home of an element, as the first registrar tells it: its own server identifier. */
static uint32_t home_of_elements(const char *pool)
{
    struct asap_message m = {0};
    const uint8_t *bytes;
    struct wire_pool_element element;

    asap_peer_resolve(&view[0].user, pool);
    while (!asap_peer_receive(&view[0].user, &m, &bytes)) {
        struct pollfd waiting = {.fd = view[0].user.tls.fd, .events = POLLIN};
        if (poll(&waiting, 1, (int)(VISIBLE_SECONDS * 1e3)) == 0)
            fail("a question is not answered");
    }
    struct wire_iterator left = m.pool_elements;
    if (!wire_pool_element_next(bytes, m.length, &left, &element))
        fail("the first registrar does not have the elements");
    return element.home_enrp_server_identifier;
}

static void takeover(const char *pool, uint32_t elements, int signal_number, pid_t process)
{
    struct wish wish = {pool,      "the elements never become visible at all registrars",
                        all_there, 1,
                        elements,  0,
                        0,         VISIBLE_SECONDS};

    for (uint32_t i = 0; i < elements; i++) {
        asap_peer_register(&view[0].element, pool, wish.first_identifier + i);
        expect(&view[0].element, ASAP_REGISTRATION_RESPONSE);
    }
    wait_for(&wish, 0);
    wish.home = home_of_elements(pool);
    wish.yes = all_elsewhere;
    wish.text = "the elements of the registrar that was lost are never taken over";
    wish.pause_us = TAKEOVER_PAUSE_US;
    wish.seconds = TAKEOVER_SECONDS;
    double lost_at = unix_seconds();
    uint64_t start = bench_now_ns();
    if (kill(process, signal_number) != 0)
        bench_die("kill");
    wait_for(&wish, 1);
    print(json_pack("{s:i,s:i,s:f,s:f,s:f,s:f}", "registrars", (int)registrars, "elements",
                    (int)elements, "lost_at", lost_at, "taken_s",
                    (double)(first_seen(1) - start) / 1e9, "known_s",
                    (double)(last_seen(1) - start) / 1e9, "resolution_s", resolution(1) / 1e9));
}

/* ---- the program ---- */

static struct secure_client_configuration *load_key(const char *file, const char *identity)
{
    struct secure_problem problem;
    struct secure_client_configuration *client = secure_client_configuration_load(
        &(struct secure_client_options){.key_file = file, .identity = identity}, &problem);

    if (client == NULL)
        fail(problem.text);
    return client;
}

static void connect_to_all(const char *keys, char *const *ports, int count)
{
    struct secure_client_configuration *element = load_key(keys, "bench-1"),
                                       *user = load_key(keys, "user-1");

    if (count < 2 || count > (int)REGISTRARS_MAX)
        fail("a group has 2 to 16 registrars");
    registrars = (unsigned)count;
    for (unsigned i = 0; i < registrars; i++) {
        asap_peer_open(&view[i].element, (uint16_t)atoi(ports[i]), element);
        asap_peer_open(&view[i].user, (uint16_t)atoi(ports[i]), user);
    }
}

static uint32_t number(const char *text, uint32_t most)
{
    unsigned long value = strtoul(text, NULL, 10);

    if (value == 0 || value > most)
        fail("a number is out of range");
    return (uint32_t)value;
}

int main(int argc, char **argv)
{
    prctl(PR_SET_TIMERSLACK, 1000ul); /* nanoseconds: pauses are not much longer than asked for */
    if (argc > 5 && strcmp(argv[1], "visible") == 0) {
        connect_to_all(argv[2], argv + 4, argc - 4);
        visible(number(argv[3], SAMPLES_MAX));
    } else if (argc > 8 && strcmp(argv[1], "takeover") == 0) {
        connect_to_all(argv[2], argv + 7, argc - 7);
        takeover(argv[3], number(argv[4], ELEMENTS_MAX),
                 strcmp(argv[5], "STOP") == 0 ? SIGSTOP : SIGKILL,
                 (pid_t)number(argv[6], INT32_MAX));
    } else {
        fprintf(stderr,
                "usage: bench_group visible KEY-FILE SAMPLES PORT...\n"
                "       bench_group takeover KEY-FILE POOL ELEMENTS KILL|STOP PROCESS PORT...\n");
        return 2;
    }
    return 0;
}
