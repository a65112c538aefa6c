/* Looking up hosts and services: see resolver.h. */
#include "resolver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound.h>

#define CLASS_IN 1
#define TYPE_A 1
#define TYPE_AAAA 28
#define TYPE_SRV 33

struct resolver {
    struct ub_ctx *library;
    struct resolver_settings settings;
    uint64_t seed;
};

/* ---- from beginning to end ---- */

/* A resolver that says nothing is given up after some seconds, and one on this machine may be asked. What was bogus may
 * be mended soon: look-ups are few, so there is no need to spare anybody them for a minute. */
static int set_options(struct ub_ctx *library)
{
    static const char *const options[][2] = {{"infra-cache-max-rtt:", "4000"},
                                             {"do-not-query-localhost:", "no"},
                                             {"val-bogus-ttl:", "5"}};
    int error = 0;

    for (size_t i = 0; i < sizeof options / sizeof options[0] && error == 0; i++)
        error = ub_ctx_set_option(library, options[i][0], options[i][1]);
    return error;
}

static int set_servers(struct ub_ctx *library, const struct resolver_settings *settings)
{
    return settings->server[0] != '\0' ? ub_ctx_set_fwd(library, settings->server)
                                       : ub_ctx_resolvconf(library, NULL);
}

/* The library reads its files with the first question. This one it answers itself, so that mistakes show now, and no
 * file has to be opened later. */
static int finish_settings(struct ub_ctx *library)
{
    struct ub_result *result = NULL;
    int error = ub_resolve(library, "localhost", TYPE_A, CLASS_IN, &result);

    ub_resolve_free(result);
    return error;
}

static bool prepare(struct resolver *r, char problem[RESOLVER_DETAIL_MAX])
{
    const struct resolver_settings *s = &r->settings;
    int error = 0;

    ub_ctx_debuglevel(r->library, 0);
    ub_ctx_debugout(r->library, NULL);
    error = set_options(r->library);
    if (error == 0 && (error = set_servers(r->library, s)) != 0) {
        snprintf(problem, RESOLVER_DETAIL_MAX, "cannot use the resolver %.128s: %s",
                 s->server[0] != '\0' ? s->server : "of /etc/resolv.conf", ub_strerror(error));
        return false;
    }
    if (error == 0 && s->anchor[0] != '\0')
        error = ub_ctx_add_ta_file(r->library, s->anchor);
    if (error == 0)
        error = finish_settings(r->library);
    if (error != 0)
        snprintf(problem, RESOLVER_DETAIL_MAX, "cannot begin to look up names%s%.255s: %s",
                 s->anchor[0] != '\0' ? " with the trust anchors of " : "", s->anchor,
                 ub_strerror(error));
    return error == 0;
}

struct resolver *resolver_new(const struct resolver_settings *settings, uint64_t seed,
                              char problem[RESOLVER_DETAIL_MAX])
{
    struct resolver *r = calloc(1, sizeof *r);

    snprintf(problem, RESOLVER_DETAIL_MAX, "not enough memory to look up names");
    if (r == NULL)
        return NULL;
    r->settings = *settings;
    r->seed = seed;
    r->library = ub_ctx_create();
    if (r->library != NULL && prepare(r, problem))
        return r;
    resolver_free(r);
    return NULL;
}

void resolver_free(struct resolver *r)
{
    if (r == NULL)
        return;
    if (r->library != NULL)
        ub_ctx_delete(r->library);
    free(r);
}

/* ---- one look-up ---- */

/* What the library says of a name, in our terms. */
static enum resolver_outcome outcome_of(const struct resolver *r, int error,
                                        const struct ub_result *result)
{
    if (error != 0 || result == NULL)
        return RESOLVER_FAILED;
    if (result->bogus)
        return RESOLVER_BOGUS;
    if (result->rcode != 0 && !result->nxdomain)
        return RESOLVER_FAILED;
    if (!result->secure && !r->settings.unsigned_too)
        return RESOLVER_UNSIGNED;
    return result->havedata ? RESOLVER_FOUND : RESOLVER_NONE;
}

static void describe(enum resolver_outcome outcome, const char *name, const char *why,
                     char detail[RESOLVER_DETAIL_MAX])
{
    static const char *const texts[] = {
        "", "there is no such name, or nothing of the kind at it", "no resolver gave an answer",
        "the answer is not signed, or there is no trust anchor to prove it by", "DNSSEC: "};

    snprintf(detail, RESOLVER_DETAIL_MAX, "%.253s: %s%.96s", name, texts[outcome],
             outcome == RESOLVER_BOGUS && why != NULL ? why : "");
}

/* Asks for records of one type at a name; the caller frees `result`. Without a finding `answer->detail` says why. */
static enum resolver_outcome ask(const struct resolver *r, const char *name, int type,
                                 struct ub_result **result, struct resolver_answer *answer)
{
    *result = NULL;
    int error = ub_resolve(r->library, name, type, CLASS_IN, result);
    enum resolver_outcome outcome = outcome_of(r, error, *result);

    if (outcome == RESOLVER_FOUND && !(*result)->secure)
        answer->validated = 0;
    if (outcome != RESOLVER_FOUND && answer->bogus == 0) /* the first forgery stays in mind */
        describe(outcome, name, *result != NULL ? (*result)->why_bogus : NULL, answer->detail);
    return outcome;
}

/* ---- addresses ---- */

static void add_address(const struct ub_result *result, int index, uint32_t size,
                        const struct resolver_address *like, struct resolver_answer *answer)
{
    struct resolver_address *a = &answer->address[answer->count];

    if (result->len[index] != (int)size || answer->count == RESOLVER_ADDRESSES_MAX)
        return;
    *a = *like;
    a->ip.size = (uint8_t)size;
    memcpy(a->ip.bytes, result->data[index], size);
    answer->count++;
}

/* Adds a host's addresses of one family, as far as there is room for this host. */
static enum resolver_outcome add_family(const struct resolver *r, const char *host, int type,
                                        const struct resolver_address *like, uint32_t room,
                                        struct resolver_answer *answer)
{
    struct ub_result *result;
    uint32_t before = answer->count;
    enum resolver_outcome outcome = ask(r, host, type, &result, answer);

    for (int i = 0; outcome == RESOLVER_FOUND && result->data[i] != NULL; i++)
        if (answer->count - before < room)
            add_address(result, i, type == TYPE_A ? 4u : 16u, like, answer);
    ub_resolve_free(result);
    return outcome;
}

/* Adds all addresses of a host, IPv4 first. Bogus is the host when either family is: half of a forged answer is none. */
static enum resolver_outcome add_host(const struct resolver *r, const char *host,
                                      const struct resolver_address *like,
                                      struct resolver_answer *answer)
{
    uint32_t before = answer->count;
    enum resolver_outcome v4 = add_family(r, host, TYPE_A, like, RESOLVER_OF_HOST_MAX / 2u, answer);

    if (v4 == RESOLVER_BOGUS)
        return v4;
    enum resolver_outcome v6 =
        add_family(r, host, TYPE_AAAA, like, RESOLVER_OF_HOST_MAX / 2u, answer);
    if (v6 == RESOLVER_BOGUS)
        answer->count = before;
    if (v6 == RESOLVER_BOGUS || v4 != RESOLVER_FOUND)
        return v6 == RESOLVER_NONE ? v4 : v6;
    return RESOLVER_FOUND;
}

/* ---- services ---- */

/* The records of a service that can be read, in their order. */
static uint32_t take_records(const struct resolver *r, const struct ub_result *result,
                             struct srv_record records[SRV_RECORDS_MAX])
{
    uint32_t count = 0;

    for (int i = 0; result->data[i] != NULL && count < SRV_RECORDS_MAX; i++)
        if (result->len[i] > 0 &&
            srv_record_read((const uint8_t *)result->data[i], (size_t)result->len[i],
                            &records[count]) &&
            records[count].target[0] != '\0')
            count++;
    srv_records_order(records, count, r->seed);
    return count;
}

/* The addresses of all targets. Without a single one the outcome is that of the last target: it says what helps. */
static enum resolver_outcome add_targets(const struct resolver *r, const struct srv_record *records,
                                         uint32_t count, struct resolver_answer *answer)
{
    enum resolver_outcome outcome = RESOLVER_NONE;

    for (uint32_t i = 0; i < count; i++) {
        struct resolver_address like = {.target = i, .port = records[i].port};
        outcome = add_host(r, records[i].target, &like, answer);
        if (outcome == RESOLVER_BOGUS)
            answer->bogus++;
    }
    if (answer->count > 0)
        return RESOLVER_FOUND;
    return answer->bogus > 0 ? RESOLVER_BOGUS : outcome;
}

static enum resolver_outcome look_up_service(const struct resolver *r, const char *name,
                                             struct resolver_answer *answer)
{
    struct srv_record records[SRV_RECORDS_MAX];
    struct ub_result *result;
    enum resolver_outcome outcome = ask(r, name, TYPE_SRV, &result, answer);
    uint32_t count = outcome == RESOLVER_FOUND ? take_records(r, result, records) : 0;

    ub_resolve_free(result);
    if (outcome != RESOLVER_FOUND)
        return outcome;
    if (count == 0)
        snprintf(answer->detail, sizeof answer->detail,
                 "%.253s: none of its SRV records names a host that provides the service", name);
    return count > 0 ? add_targets(r, records, count, answer) : RESOLVER_NONE;
}

void resolver_look_up(struct resolver *r, const struct resolver_question *question,
                      struct resolver_answer *answer)
{
    struct resolver_address like = {.target = 0, .port = question->port};

    memset(answer, 0, sizeof *answer);
    answer->ticket = question->ticket;
    answer->validated = 1;
    enum resolver_outcome outcome = question->kind == (uint32_t)RESOLVER_SERVICE
                                        ? look_up_service(r, question->name, answer)
                                        : add_host(r, question->name, &like, answer);
    answer->outcome = (uint32_t)outcome;
    if (outcome == RESOLVER_FOUND && answer->bogus == 0)
        answer->detail[0] = '\0';
    if (answer->count == 0)
        answer->validated = 0;
}
