/* Reads poolproofd.conf with libconfuse: see configuration.h.
 *
 * Keys are checked one by one as the parser meets them, while it still knows the line; what two keys
 * must agree on is checked afterwards, at the line of the key to be changed.
 */
#include "configuration_parts.h"

#include "clock_source.h"
#include "resolver.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 96
#define SEEN_MAX 512
#define say configuration_say
#define WORD_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."

struct number_key {
    const char *name;
    uint32_t least;
    uint32_t most;
    size_t offset;  /* of a uint32_t in struct configuration */
    uint32_t usual; /* default; those of the core come from its own *_configuration_defaults */
    bool of_core;
};

#define OURS(key, least, most, usual)                                                              \
    {                                                                                              \
#key, least, most, offsetof(struct configuration, key), usual, false                       \
    }
#define CORE(name, field, least, most)                                                             \
    {                                                                                              \
        name, least, most, offsetof(struct configuration, registrar.field), 0, true                \
    }
#define GROUP(name, field, least, most)                                                            \
    {                                                                                              \
        name, least, most, offsetof(struct configuration, enrp.field), 0, true                     \
    }
static const struct number_key numbers[] = {
    OURS(connections_max, 1, REGISTRAR_CHANNELS_MAX, 4096),
    OURS(connections_per_address_max, 1, REGISTRAR_CHANNELS_MAX, 256),
    OURS(handshakes_max, 1, 4096, 64),
    OURS(handshake_time_ms, 100, 600000, 10000),
    OURS(idle_time_ms, 0, 86400000, 900000),
    OURS(stall_time_ms, 100, 600000, 10000),
    OURS(output_max, 131072, 67108864, 262144),
    OURS(drain_time_ms, 0, 600000, 5000),
    {"multicast_ttl", 1, 255, offsetof(struct configuration, discovery.multicast_ttl), 1, false},
    CORE("pools_max", pool_capacity, 1, HANDLESPACE_POOLS_MAX),
    CORE("elements_max", element_capacity, 1, HANDLESPACE_ELEMENTS_MAX),
    CORE("pool_handle_max", handle_limit, 1, POOL_HANDLE_MAX),
    CORE("resolution_elements_max", resolution_maximum, 1, REGISTRAR_RESOLUTION_MAX),
    CORE("keep_alive_interval_ms", keep_alive_interval, 0, 86400000),
    CORE("keep_alive_timeout_ms", keep_alive_timeout, 1, 86400000),
    CORE("keep_alive_minimum_ms", keep_alive_minimum, 0, 86400000),
    CORE("lost_channel_grace_ms", lost_channel_grace, 0, 86400000),
    CORE("max_bad_pe_reports", max_bad_pe_reports, 0, REGISTRAR_REPORTERS_MAX - 1u),
    CORE("malformed_max", malformed_maximum, 0, 1000000),
    CORE("elements_per_identity_max", elements_per_identity, 1, UINT16_MAX),
    CORE("connections_per_identity_max", channels_per_identity, 1, REGISTRAR_CHANNELS_MAX),
    CORE("anonymous_connections_max", anonymous_channels, 0, REGISTRAR_CHANNELS_MAX),
    CORE("connection_message_rate", channel_limits.messages.rate, 0, RATE_LIMIT_MAX),
    CORE("connection_message_burst", channel_limits.messages.burst, 0, RATE_LIMIT_MAX),
    CORE("connection_registration_rate", channel_limits.registrations.rate, 0, RATE_LIMIT_MAX),
    CORE("connection_registration_burst", channel_limits.registrations.burst, 0, RATE_LIMIT_MAX),
    CORE("connection_report_rate", channel_limits.reports.rate, 0, RATE_LIMIT_MAX),
    CORE("connection_report_burst", channel_limits.reports.burst, 0, RATE_LIMIT_MAX),
    CORE("identity_message_rate", identity_limits.messages.rate, 0, RATE_LIMIT_MAX),
    CORE("identity_message_burst", identity_limits.messages.burst, 0, RATE_LIMIT_MAX),
    CORE("identity_registration_rate", identity_limits.registrations.rate, 0, RATE_LIMIT_MAX),
    CORE("identity_registration_burst", identity_limits.registrations.burst, 0, RATE_LIMIT_MAX),
    CORE("identity_report_rate", identity_limits.reports.rate, 0, RATE_LIMIT_MAX),
    CORE("identity_report_burst", identity_limits.reports.burst, 0, RATE_LIMIT_MAX),
    CORE("anonymous_message_rate", anonymous_limits.messages.rate, 0, RATE_LIMIT_MAX),
    CORE("anonymous_message_burst", anonymous_limits.messages.burst, 0, RATE_LIMIT_MAX),
    CORE("anonymous_report_rate", anonymous_limits.reports.rate, 0, RATE_LIMIT_MAX),
    CORE("anonymous_report_burst", anonymous_limits.reports.burst, 0, RATE_LIMIT_MAX),
    GROUP("peer_heartbeat_cycle_ms", heartbeat_cycle, 10, 3600000),
    GROUP("max_time_last_heard_ms", max_time_last_heard, 10, 86400000),
    GROUP("max_time_no_response_ms", max_time_no_response, 10, 3600000),
    GROUP("startup_time_ms", startup_time, 1, 3600000),
    GROUP("takeover_grace_ms", takeover_grace, 0, 86400000),
    GROUP("peer_dial_minimum_ms", dial_minimum, 1, 3600000),
    GROUP("peer_dial_maximum_ms", dial_maximum, 1, 3600000),
};
#define NUMBERS (sizeof numbers / sizeof numbers[0])

static const char *const text_keys[] = {"security",
                                        "server_identifier",
                                        "key_file",
                                        "certificate_file",
                                        "private_key_file",
                                        "admin_socket",
                                        "audit_file",
                                        "log_format",
                                        "user",
                                        "group",
                                        "identity",
                                        "enrp_address",
                                        "takeover_arbitration",
                                        "discover_srv",
                                        "discover_multicast",
                                        "multicast_interface",
                                        "dns_resolver",
                                        "dns_trust_anchor"};
static const char *const list_keys[] = {"listen", "admin_users", "enrp_listen"};
static const char *const switch_keys[] = {"rsa_aes128_cbc_sha", "anonymous_users", "sandbox",
                                          "dns_unsigned"};
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* State of the load under way: libconfuse's callbacks have no argument of ours. */
static struct {
    char *problem;
    const char *path;
    char *text; /* the file without its comments, while it is read */
    struct {
        const char *name;
        uint32_t section;
        int line;
    } seen[SEEN_MAX];
    size_t seen_count;
    uint32_t sections;    /* of peers, so far */
    uint32_t section;     /* the one we are in, or CONFIGURATION_TOP */
    const char *repeated; /* the first key that is given twice, NULL: none */
    uint32_t repeated_section;
    int repeated_line;
} loading;

/* ---- what is wrong, and where ---- */

/* The first problem counts: those that follow are often its children. */
void configuration_say(int line, const char *format, ...)
{
    va_list arguments;
    size_t used;

    if (loading.problem[0] != '\0')
        return;
    if (line > 0)
        snprintf(loading.problem, CONFIGURATION_PROBLEM_MAX, "%s:%d: ", loading.path, line);
    else
        snprintf(loading.problem, CONFIGURATION_PROBLEM_MAX, "%s: ", loading.path);
    used = strlen(loading.problem);
    va_start(arguments, format);
    vsnprintf(loading.problem + used, CONFIGURATION_PROBLEM_MAX - used, format, arguments);
    va_end(arguments);
}

int configuration_line_in(uint32_t section, const char *name)
{
    for (size_t i = 0; i < loading.seen_count; i++)
        if (loading.seen[i].section == section && strcmp(loading.seen[i].name, name) == 0)
            return loading.seen[i].line;
    return 0;
}

static int line_of(const char *name)
{
    return configuration_line_in(CONFIGURATION_TOP, name);
}

static void write_place(int line, char text[CONFIGURATION_PATH_MAX + 32])
{
    if (line > 0)
        snprintf(text, CONFIGURATION_PATH_MAX + 32, "%.255s:%d: ", loading.path, line);
    else
        snprintf(text, CONFIGURATION_PATH_MAX + 32, "%.255s: ", loading.path);
}

void configuration_place(const char *name, char text[CONFIGURATION_PATH_MAX + 32])
{
    write_place(line_of(name), text);
}

void configuration_peer_place(uint32_t peer, const char *name,
                              char text[CONFIGURATION_PATH_MAX + 32])
{
    int line = configuration_line_in(peer + 1, name);

    write_place(line > 0 ? line : configuration_line_in(peer + 1, "peer"), text);
}

/* ---- unknown keys: suggest the nearest known one ---- */

/* Number of single-character changes that make one word of the other (Levenshtein), words up to 63. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    size_t columns = strlen(b);

    for (size_t j = 0; j <= columns; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < columns; j++) {
            size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
            size_t shorter = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            diagonal = row[j + 1];
            row[j + 1] = change < shorter ? change : shorter;
        }
    }
    return row[columns];
}

static void nearer(const char *word, const char *candidate, const char **best, size_t *least)
{
    size_t d = distance(word, candidate);

    if (d < *least) {
        *least = d;
        *best = candidate;
    }
}

static const char *nearest_peer_key(const char *word)
{
    const char *best = NULL;
    size_t least = 4;

    for (size_t i = 0; configuration_peer_keys[i] != NULL; i++)
        nearer(word, configuration_peer_keys[i], &best, &least);
    return best;
}

static const char *nearest_key(const char *word)
{
    const char *best = NULL;
    size_t least = 4;

    for (size_t i = 0; i < NUMBERS; i++)
        nearer(word, numbers[i].name, &best, &least);
    for (size_t i = 0; i < COUNT(text_keys); i++)
        nearer(word, text_keys[i], &best, &least);
    for (size_t i = 0; i < COUNT(list_keys); i++)
        nearer(word, list_keys[i], &best, &least);
    for (size_t i = 0; i < COUNT(switch_keys); i++)
        nearer(word, switch_keys[i], &best, &least);
    return best;
}

static void unknown_key(int line, const char *word, bool of_peer)
{
    const char *best = of_peer ? nearest_peer_key(word) : nearest_key(word);

    if (best != NULL)
        say(line, "unknown key \"%s\"; did you mean \"%s\"?", word, best);
    else
        say(line, "unknown key \"%s\"; see poolproofd.conf(5) for the keys there are", word);
}

/* libconfuse's own words for the mistakes that it finds, with what helps. */
static void on_error(cfg_t *cfg, const char *format, va_list arguments)
{
    char text[256];
    char word[64];

    vsnprintf(text, sizeof text, format, arguments);
    if (sscanf(text, "no such option '%63[^']'", word) == 1)
        unknown_key(cfg->line, word, strcmp(cfg_name(cfg), "peer") == 0);
    else if (strncmp(text, "missing title", 13) == 0)
        say(cfg->line, "a peer without a name; write peer NAME { address = \"IP:PORT\" ... }");
    else if (sscanf(text, "found duplicate title '%63[^']'", word) == 1)
        say(cfg->line, "there are two peers \"%s\"; give one of them another name", word);
    else if (sscanf(text, "invalid boolean value for option '%63[^']'", word) == 1)
        say(cfg->line, "%s is neither true nor false; write one of them", word);
    else if (sscanf(text, "invalid integer value for option '%63[^']'", word) == 1)
        say(cfg->line, "%s is no number; write digits, see poolproofd --defaults", word);
    else
        say(cfg->line, "%s; see poolproofd.conf(5)", text);
}

/* ---- single values, checked while the line is known ---- */

static int check_number(cfg_t *cfg, cfg_opt_t *option)
{
    long value = cfg_opt_getnint(option, cfg_opt_size(option) - 1);

    for (size_t i = 0; i < NUMBERS; i++) {
        const struct number_key *key = &numbers[i];
        if (strcmp(key->name, option->name) != 0)
            continue;
        if (value >= 0 && (unsigned long)value >= key->least && (unsigned long)value <= key->most)
            return 0;
        say(cfg->line, "%s is %ld; choose a number from %u to %u", key->name, value, key->least,
            key->most);
    }
    return -1;
}

static int check_text(cfg_t *cfg, cfg_opt_t *option)
{
    const char *value = cfg_opt_getnstr(option, cfg_opt_size(option) - 1);

    if (value == NULL || strlen(value) < CONFIGURATION_PATH_MAX)
        return 0;
    say(cfg->line, "%s is longer than %u characters; use a shorter one", option->name,
        CONFIGURATION_PATH_MAX - 1);
    return -1;
}

/* ---- from the parsed file into the structure ---- */

static uint32_t *number_at(struct configuration *c, const struct number_key *key)
{
    return (uint32_t *)(void *)((char *)c + key->offset);
}

static void take_numbers(cfg_t *cfg, struct configuration *out)
{
    for (size_t i = 0; i < NUMBERS; i++)
        *number_at(out, &numbers[i]) = (uint32_t)cfg_getint(cfg, numbers[i].name);
}

void configuration_take_text(cfg_t *cfg, const char *key, char *place, size_t room)
{
    const char *value = cfg_getstr(cfg, key);

    snprintf(place, room, "%s", value != NULL ? value : "");
}

static void take_texts(cfg_t *cfg, struct configuration *out)
{
    configuration_take_text(cfg, "key_file", out->key_file, sizeof out->key_file);
    configuration_take_text(cfg, "certificate_file", out->certificate_file,
                            sizeof out->certificate_file);
    configuration_take_text(cfg, "private_key_file", out->private_key_file,
                            sizeof out->private_key_file);
    configuration_take_text(cfg, "admin_socket", out->admin_socket, sizeof out->admin_socket);
    configuration_take_text(cfg, "audit_file", out->audit_file, sizeof out->audit_file);
    configuration_take_text(cfg, "user", out->user, sizeof out->user);
    configuration_take_text(cfg, "group", out->group, sizeof out->group);
    out->rsa_aes128_cbc_sha = cfg_getbool(cfg, "rsa_aes128_cbc_sha") == cfg_true;
    out->anonymous_users = cfg_getbool(cfg, "anonymous_users") == cfg_true;
    out->sandbox = cfg_getbool(cfg, "sandbox") == cfg_true;
}

static bool take_security(cfg_t *cfg, struct configuration *out)
{
    const char *value = cfg_getstr(cfg, "security");

    out->secure = strcmp(value, "tls") == 0;
    if (out->secure || strcmp(value, "none") == 0)
        return true;
    say(line_of("security"),
        "security is \"%s\"; write \"tls\", or \"none\" for plain text without "
        "any authentication",
        value);
    return false;
}

static bool take_log_format(cfg_t *cfg, struct configuration *out)
{
    static const char *const names[] = {"auto", "plain", "json"};
    const char *value = cfg_getstr(cfg, "log_format");

    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(value, names[i]) == 0) {
            out->log_format = (enum log_format)i;
            return true;
        }
    }
    say(line_of("log_format"), "log_format is \"%s\"; write \"auto\", \"plain\" or \"json\"",
        value);
    return false;
}

bool configuration_read_identifier(const char *text, uint32_t *out)
{
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 0);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number == 0 || number > UINT32_MAX)
        return false;
    *out = (uint32_t)number;
    return true;
}

/* An empty value draws a random identifier (RFC 5353, 3.2.1); 0 is not one. */
static bool take_server_identifier(cfg_t *cfg, struct configuration *out)
{
    const char *value = cfg_getstr(cfg, "server_identifier");

    if (value[0] == '\0') {
        while (out->registrar.server_identifier == 0)
            out->registrar.server_identifier = (uint32_t)random_word();
        return true;
    }
    if (configuration_read_identifier(value, &out->registrar.server_identifier))
        return true;
    say(line_of("server_identifier"),
        "server_identifier is \"%s\"; write a number from 1 to 0xffffffff in quotes, such as "
        "\"0x1a2b3c4d\"",
        value);
    return false;
}

/* A host name here would leave it to the resolver what the daemon listens on. */
static void explain_listen(const char *text, const char *what)
{
    char host[CONFIGURATION_PATH_MAX];
    uint16_t port = 0;

    if (network_address_split(text, host, sizeof host, &port))
        say(line_of("listen"),
            "listen: \"%.128s\" is not the IP address of a host; write an IP address, or * for "
            "every address of this machine",
            host);
    else
        say(line_of("listen"), "listen: %s", what);
}

static bool take_listen(cfg_t *cfg, struct configuration *out)
{
    uint16_t port = out->secure ? ASAP_TLS_PORT : ASAP_PORT;
    char what[NETWORK_PROBLEM_MAX];
    unsigned count = cfg_size(cfg, "listen");

    if (count > CONFIGURATION_LISTEN_MAX) {
        say(line_of("listen"), "listen has %u addresses; at most %u are possible", count,
            CONFIGURATION_LISTEN_MAX);
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!network_address_parse_numeric(cfg_getnstr(cfg, "listen", i), port, &out->listen[i],
                                           what)) {
            explain_listen(cfg_getnstr(cfg, "listen", i), what);
            return false;
        }
    }
    out->listen_count = count;
    if (count > 0)
        return true;
    say(line_of("listen"), "listen is empty; name an address, such as { \"*:%u\" }", port);
    return false;
}

static bool take_admins(cfg_t *cfg, struct configuration *out)
{
    unsigned count = cfg_size(cfg, "admin_users");

    if (count > CONFIGURATION_ADMINS_MAX) {
        say(line_of("admin_users"), "admin_users has %u names; at most %u are possible", count,
            CONFIGURATION_ADMINS_MAX);
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        const struct passwd *user = getpwnam(cfg_getnstr(cfg, "admin_users", i));
        if (user == NULL) {
            say(line_of("admin_users"),
                "admin_users: there is no user \"%s\"; name users of this "
                "machine",
                cfg_getnstr(cfg, "admin_users", i));
            return false;
        }
        out->admin_uid[i] = user->pw_uid;
    }
    out->admin_count = count;
    return true;
}

/* ---- what keys must agree on ---- */

static bool check_secure_keys(const struct configuration *c)
{
    bool certificate = c->certificate_file[0] != '\0';
    bool private_key = c->private_key_file[0] != '\0';

    if (certificate && !private_key) {
        say(line_of("certificate_file"), "certificate_file without private_key_file; add the file "
                                         "with the certificate's private key");
        return false;
    }
    if (private_key && !certificate) {
        say(line_of("private_key_file"), "private_key_file without certificate_file; add the file "
                                         "with the certificate");
        return false;
    }
    if (certificate || c->key_file[0] != '\0')
        return true;
    say(line_of("security"), "security is \"tls\" but there is neither key_file nor "
                             "certificate_file; add key_file (see poolproof keygen) for pool "
                             "elements and certificate_file for pool users");
    return false;
}

static bool check_plain_keys(const struct configuration *c)
{
    static const char *const keys[] = {"key_file", "certificate_file", "private_key_file"};
    const char *const values[] = {c->key_file, c->certificate_file, c->private_key_file};

    for (size_t i = 0; i < COUNT(keys); i++) {
        if (values[i][0] != '\0') {
            say(line_of(keys[i]),
                "%s has no effect with security \"none\"; remove it, or set "
                "security to \"tls\"",
                keys[i]);
            return false;
        }
    }
    return true;
}

static bool check_agreement(const struct configuration *c)
{
    if (c->secure ? !check_secure_keys(c) : !check_plain_keys(c))
        return false;
    if (c->group[0] != '\0' && c->user[0] == '\0') {
        say(line_of("group"), "group without user; name the user to run as too");
        return false;
    }
    if (!registrar_configuration_valid(&c->registrar) || !enrp_configuration_valid(&c->enrp)) {
        say(0,
            "the registrar does not accept these limits; compare them with poolproofd --defaults");
        return false;
    }
    return true;
}

/* ---- the file ---- */

static void usual_values(struct configuration *usual)
{
    memset(usual, 0, sizeof *usual);
    registrar_configuration_defaults(&usual->registrar);
    enrp_configuration_defaults(&usual->enrp);
    for (size_t i = 0; i < NUMBERS; i++)
        if (!numbers[i].of_core)
            *number_at(usual, &numbers[i]) = numbers[i].usual;
}

static size_t add_numbers(cfg_opt_t *options, struct configuration *usual)
{
    for (size_t i = 0; i < NUMBERS; i++) {
        cfg_opt_t option = CFG_INT(NULL, 0, CFGF_NONE);
        option.name = numbers[i].name;
        option.def.number = *number_at(usual, &numbers[i]);
        options[i] = option;
    }
    return NUMBERS;
}

static cfg_t *make_parser(struct configuration *usual)
{
    static cfg_opt_t options[KEYS_MAX];
    cfg_opt_t others[] = {CFG_STR("security", "tls", CFGF_NONE),
                          CFG_STR_LIST("listen", "{\"*\"}", CFGF_NONE),
                          CFG_STR("server_identifier", "", CFGF_NONE),
                          CFG_STR("key_file", "", CFGF_NONE),
                          CFG_STR("certificate_file", "", CFGF_NONE),
                          CFG_STR("private_key_file", "", CFGF_NONE),
                          CFG_BOOL("rsa_aes128_cbc_sha", cfg_true, CFGF_NONE),
                          CFG_BOOL("anonymous_users", cfg_true, CFGF_NONE),
                          CFG_STR("admin_socket", "/run/poolproof/admin.sock", CFGF_NONE),
                          CFG_STR_LIST("admin_users", "{}", CFGF_NONE),
                          CFG_STR("audit_file", "", CFGF_NONE),
                          CFG_STR("log_format", "auto", CFGF_NONE),
                          CFG_STR("user", "", CFGF_NONE),
                          CFG_STR("group", "", CFGF_NONE),
                          CFG_STR_LIST("enrp_listen", "{}", CFGF_NONE),
                          CFG_STR("enrp_address", "", CFGF_NONE),
                          CFG_STR("identity", "", CFGF_NONE),
                          CFG_STR("takeover_arbitration", "rfc", CFGF_NONE),
                          CFG_STR("discover_srv", "", CFGF_NONE),
                          CFG_STR("discover_multicast", "", CFGF_NONE),
                          CFG_STR("multicast_interface", "", CFGF_NONE),
                          CFG_STR("dns_resolver", "", CFGF_NONE),
                          CFG_STR("dns_trust_anchor", RESOLVER_USUAL_ANCHOR, CFGF_NONE),
                          CFG_BOOL("dns_unsigned", cfg_true, CFGF_NONE),
                          CFG_SEC("peer", configuration_peer_options(),
                                  CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
                          CFG_BOOL("sandbox", cfg_true, CFGF_NONE),
                          CFG_END()};

    size_t count = add_numbers(options, usual);
    memcpy(options + count, others, sizeof others);
    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    cfg_set_error_function(cfg, on_error);
    for (size_t i = 0; i < NUMBERS; i++)
        cfg_set_validate_func(cfg, numbers[i].name, check_number);
    for (size_t i = 0; i < COUNT(text_keys); i++)
        cfg_set_validate_func(cfg, text_keys[i], check_text);
    for (size_t i = 0; configuration_peer_keys[i] != NULL; i++) {
        char path[64];
        snprintf(path, sizeof path, "peer|%s", configuration_peer_keys[i]);
        cfg_set_validate_func(cfg, path, check_text);
    }
    return cfg;
}

/* The whole file; NULL with errno. The caller frees it. */
static char *read_file(const char *path, size_t *length)
{
    char *text = calloc(1, CONFIGURATION_SIZE_MAX + 1);
    FILE *file = text != NULL ? fopen(path, "re") : NULL;
    int error = file != NULL ? 0 : errno;

    *length = file != NULL ? fread(text, 1, CONFIGURATION_SIZE_MAX + 1, file) : 0;
    if (file != NULL && ferror(file))
        error = errno;
    if (file != NULL)
        fclose(file);
    if (error == 0)
        return text;
    free(text);
    errno = error;
    return NULL;
}

/* Where the comment that starts at `text` ends; `text` itself when none starts there. */
static char *comment_end(char *text)
{
    if (text[0] == '#' || (text[0] == '/' && text[1] == '/'))
        return text + strcspn(text, "\n");
    if (text[0] == '/' && text[1] == '*') {
        char *end = strstr(text + 2, "*/");
        return end != NULL ? end + 2 : text;
    }
    return text;
}

/* The character after a quoted text that starts at `text`. */
static char *quote_end(char *text)
{
    char quote = *text++;

    while (*text != '\0' && *text != quote)
        text += text[0] == '\\' && text[1] != '\0' ? 2 : 1;
    return *text == quote ? text + 1 : text;
}

/* Makes spaces of comments, because libconfuse loses count of the lines over them. */
static void blank_comments(char *text)
{
    while (*text != '\0') {
        char *end = comment_end(text);
        if (*text == '"' || *text == '\'') {
            text = quote_end(text);
        } else if (end == text) {
            text++;
        } else {
            for (; text < end; text++)
                if (*text != '\n')
                    *text = ' ';
        }
    }
}

static const char *known_peer_key(const char *word, size_t length)
{
    for (size_t i = 0; configuration_peer_keys[i] != NULL; i++)
        if (strlen(configuration_peer_keys[i]) == length &&
            strncmp(configuration_peer_keys[i], word, length) == 0)
            return configuration_peer_keys[i];
    return NULL;
}

/* The key of that name, as it stands in the tables here; NULL: there is none. */
static const char *known_key(const char *word, size_t length)
{
    const char *const *const tables[] = {text_keys, list_keys, switch_keys};
    const size_t counts[] = {COUNT(text_keys), COUNT(list_keys), COUNT(switch_keys)};

    for (size_t i = 0; i < NUMBERS; i++)
        if (strlen(numbers[i].name) == length && strncmp(numbers[i].name, word, length) == 0)
            return numbers[i].name;
    for (size_t t = 0; t < COUNT(tables); t++)
        for (size_t i = 0; i < counts[t]; i++)
            if (strlen(tables[t][i]) == length && strncmp(tables[t][i], word, length) == 0)
                return tables[t][i];
    return NULL;
}

/* A key has a value at `line`. A list may be given in parts, by "+=", as the parser sees to. */
static void note_key(const char *name, int line, bool adds)
{
    if (configuration_line_in(loading.section, name) == 0 && loading.seen_count < SEEN_MAX) {
        loading.seen[loading.seen_count].name = name;
        loading.seen[loading.seen_count].section = loading.section;
        loading.seen[loading.seen_count].line = line;
        loading.seen_count++;
    } else if (loading.repeated == NULL && !adds) {
        loading.repeated = name;
        loading.repeated_section = loading.section;
        loading.repeated_line = line;
    }
}

/* The character after the word or the quoted text that starts at `text`, or after its one character. */
static char *piece_end(char *text)
{
    size_t word = strspn(text, WORD_CHARACTERS);

    if (word > 0)
        return text + word;
    return *text == '"' || *text == '\'' ? quote_end(text) : text + 1;
}

/* Where the text after the word goes on. */
static const char *sign_after(const char *end)
{
    return end + strspn(end, " \t\n");
}

/* "peer" before a title begins a section, "}" ends it: lists with braces of their own stand in none. */
static bool note_section(const char *text, const char *end, int line)
{
    bool begins = end - text == 4 && strncmp(text, "peer", 4) == 0 && *sign_after(end) != '=' &&
                  *sign_after(end) != '+';

    if (begins && loading.section == CONFIGURATION_TOP) {
        loading.section = ++loading.sections;
        note_key("peer", line, false);
        return true;
    }
    if (*text == '}')
        loading.section = CONFIGURATION_TOP;
    return false;
}

/* Finds the line of every key, which libconfuse does not tell of all: a word before "=" or "+=". */
static void note_keys(char *text)
{
    int line = 1;

    while (*text != '\0') {
        char *end = piece_end(text);
        size_t length = (size_t)(end - text);
        const char *name = loading.section != CONFIGURATION_TOP ? known_peer_key(text, length)
                                                                : known_key(text, length);
        bool adds = strncmp(sign_after(end), "+=", 2) == 0;
        if (!note_section(text, end, line) && name != NULL && (adds || *sign_after(end) == '='))
            note_key(name, line, adds);
        for (; text < end; text++)
            line += *text == '\n' ? 1 : 0;
    }
}

/* Of two values the later one would count, and nobody might notice. */
static bool check_repetition(void)
{
    if (loading.repeated == NULL)
        return true;
    say(loading.repeated_line, "%s is given twice, first in line %d; remove one of them",
        loading.repeated, configuration_line_in(loading.repeated_section, loading.repeated));
    return false;
}

static bool parse_text(cfg_t *cfg)
{
    blank_comments(loading.text);
    note_keys(loading.text);
    if (cfg_parse_buf(cfg, loading.text) == CFG_SUCCESS)
        return check_repetition();
    say(0, "cannot be understood; see poolproofd.conf(5)");
    return false;
}

static bool take_all(cfg_t *cfg, struct configuration *out)
{
    take_numbers(cfg, out);
    take_texts(cfg, out);
    return take_security(cfg, out) && take_log_format(cfg, out) &&
           take_server_identifier(cfg, out) && take_listen(cfg, out) && take_admins(cfg, out) &&
           configuration_take_discovery(cfg, out) && configuration_take_group(cfg, out) &&
           configuration_check_discovery(out) && check_agreement(out);
}

static void begin(const char *name, char problem[CONFIGURATION_PROBLEM_MAX])
{
    static char kept_name[CONFIGURATION_PATH_MAX];

    snprintf(kept_name, sizeof kept_name, "%s", name);
    memset(&loading, 0, sizeof loading);
    loading.path = kept_name;
    loading.problem = problem;
    problem[0] = '\0';
}

bool configuration_parse(const char *name, const char *text, size_t length,
                         struct configuration *out, char problem[CONFIGURATION_PROBLEM_MAX])
{
    begin(name, problem);
    usual_values(out);
    if (length > CONFIGURATION_SIZE_MAX || memchr(text, '\0', length) != NULL) {
        say(0, "is no text of at most %u bytes; see poolproofd.conf(5)", CONFIGURATION_SIZE_MAX);
        return false;
    }
    loading.text = strndup(text, length);
    if (loading.text == NULL) {
        say(0, "not enough memory");
        return false;
    }
    cfg_t *cfg = make_parser(out);
    bool good = parse_text(cfg) && take_all(cfg, out);
    cfg_free(cfg);
    free(loading.text);
    loading.text = NULL;
    return good;
}

bool configuration_load(const char *path, struct configuration *out,
                        char problem[CONFIGURATION_PROBLEM_MAX])
{
    size_t length = 0;
    char *text = read_file(path, &length);

    if (text == NULL) {
        begin(path, problem);
        say(0, "cannot be read: %m; create it, or name another with --config");
        return false;
    }
    bool good = configuration_parse(path, text, length, out, problem);
    free(text);
    return good;
}

void configuration_numbers(void (*visit)(const char *name, uint32_t least, uint32_t most,
                                         uint32_t usual))
{
    struct configuration usual;

    usual_values(&usual);
    for (size_t i = 0; i < NUMBERS; i++)
        visit(numbers[i].name, numbers[i].least, numbers[i].most, *number_at(&usual, &numbers[i]));
}
