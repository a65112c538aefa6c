/* Names of ENRP's numbers: see enrp_names.h. */
#include "enrp_names.h"

#include "registrar_names.h"

/* The names of the numbers from `first` on. */
struct name_table {
    uint32_t first;
    uint32_t count;
    const char *const *names;
};

static const char *name_in(const struct name_table *table, uint32_t number)
{
    return number >= table->first && number - table->first < table->count
               ? table->names[number - table->first]
               : NULL;
}

#define TABLE(first, names)                                                                        \
    {                                                                                              \
        first, sizeof(names) / sizeof(names)[0], names                                             \
    }

static const char *const audit_names[] = {"peer-joined",    "peer-dead",        "peer-refused",
                                          "takeover-begun", "takeover-stopped", "takeover-done",
                                          "taken-over",     "resynchronized"};
static const struct name_table audits = TABLE(AUDIT_PEER_JOINED, audit_names);

static const char *const close_names[] = {"not-a-registrar", "wrong-server-identifier",
                                          "peer-has-another", "peer-dead"};
static const struct name_table closes = TABLE(CLOSE_NOT_A_REGISTRAR, close_names);

static const char *const phase_names[] = {"mentor", "table", "serving"};
static const struct name_table phases = TABLE(ENRP_PHASE_MENTOR, phase_names);

static const char *const state_names[] = {"free", "unheard", "active", "asked", "dead", "inactive"};
static const struct name_table states = TABLE(ENRP_PEER_FREE, state_names);

const char *enrp_audit_name(uint16_t event)
{
    const char *name = name_in(&audits, event);

    return name != NULL ? name : registrar_audit_name(event);
}

bool enrp_audit_is(uint16_t event)
{
    return name_in(&audits, event) != NULL;
}

const char *enrp_close_name(uint16_t reason)
{
    const char *name = name_in(&closes, reason);

    return name != NULL ? name : registrar_close_name(reason);
}

static const char *or_unknown(const char *name)
{
    return name != NULL ? name : "unknown";
}

const char *enrp_phase_name(uint8_t phase)
{
    return or_unknown(name_in(&phases, phase));
}

const char *enrp_peer_state_name(uint8_t state)
{
    return or_unknown(name_in(&states, state));
}

void enrp_counters_visit(const struct enrp_counters *c, const struct handlespace *h,
                         void (*visit)(void *user, const char *name, uint64_t value), void *user)
{
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {
        {"channels_opened", c->channels_opened},
        {"channels_refused", c->channels_refused},
        {"messages", c->messages},
        {"malformed", c->malformed},
        {"unknown", c->unknown},
        {"refused", c->refused},
        {"errors_sent", c->errors_sent},
        {"presences_sent", c->presences_sent},
        {"updates_sent", c->updates_sent},
        {"updates_received", c->updates_received},
        {"updates_ignored", c->updates_ignored},
        {"updates_lost", c->updates_lost},
        {"journal_lost", h->journal_lost},
        {"peers_joined", c->peers_joined},
        {"peers_lost", c->peers_lost},
        {"takeovers_begun", c->takeovers_begun},
        {"takeovers_stopped", c->takeovers_stopped},
        {"takeovers_done", c->takeovers_done},
        {"elements_taken", c->elements_taken},
        {"elements_yielded", c->elements_yielded},
        {"elements_contested", c->elements_contested},
        {"audits", c->audits},
        {"audits_failed", c->audits_failed},
        {"tables_sent", c->tables_sent},
        {"tables_refused", c->tables_refused},
        {"tables_fetched", c->tables_fetched},
        {"tables_given_up", c->tables_given_up},
        {"elements_purged", c->elements_purged},
        {"effects_dropped", c->effects_dropped},
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        visit(user, all[i].name, all[i].value);
}
