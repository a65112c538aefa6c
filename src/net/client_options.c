/* The options every client command has: see client_options.h. */
#include "client_options.h"

#include "configuration.h"
#include "privileges.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char client_options_help[] =
    "  --registrar HOST:PORT  a registrar; repeat for several (port 3864, with --plain 3863)\n"
    "  --key-file FILE        own pre-shared key; see poolproof keygen\n"
    "  --identity NAME        which identity of the key file, when it has several\n"
    "  --trust FILE           certification authorities of the registrars (PEM), instead of a key\n"
    "  --rsa-aes128-cbc-sha true|false\n"
    "                         with --trust: offer TLS_RSA_WITH_AES_128_CBC_SHA, last (true)\n"
    "  --plain                no TLS; only for registrars with security \"none\"\n"
    "  --t1-ms N, --t5-ms N, --retran-max-ms N\n"
    "                         time for an answer, for one round of the server hunt, and at most\n";

bool wants_help(int argc, char **argv, const char *usage)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            printf("%s%s", usage, client_options_help);
            return true;
        }
    }
    return false;
}

bool option_number(const char *name, const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);

    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && value >= least && value <= most) {
        *out = (uint32_t)value;
        return true;
    }
    fprintf(stderr, "poolproof: --%s: \"%s\" is not a number from %u to %u\n", name, text, least,
            most);
    return false;
}

static bool add_server(struct client_options *options, const char *text)
{
    if (options->server_count == SERVER_HUNT_SERVERS_MAX) {
        fprintf(stderr, "poolproof: --registrar: at most %u are possible\n",
                SERVER_HUNT_SERVERS_MAX);
        return false;
    }
    options->server_text[options->server_count++] = text;
    return true;
}

static bool take_rsa_suite(struct client_options *options, const char *text)
{
    options->rsa_aes128_cbc_sha = text;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return true;
    fprintf(stderr, "poolproof: --rsa-aes128-cbc-sha: \"%s\" is neither true nor false\n", text);
    return false;
}

bool client_option_take(struct client_options *options, int option, const char *argument)
{
    switch (option) {
    case CLIENT_OPTION_REGISTRAR:
        return add_server(options, argument);
    case CLIENT_OPTION_KEY_FILE:
        options->key_file = argument;
        return true;
    case CLIENT_OPTION_IDENTITY:
        options->identity = argument;
        return true;
    case CLIENT_OPTION_TRUST:
        options->trust_file = argument;
        return true;
    case CLIENT_OPTION_RSA_AES128_CBC_SHA:
        return take_rsa_suite(options, argument);
    case CLIENT_OPTION_PLAIN:
        options->plain = true;
        return true;
    case CLIENT_OPTION_T1:
        return option_number("t1-ms", argument, 1, SERVER_HUNT_DURATION_MAX_MS, &options->t1_ms);
    case CLIENT_OPTION_T5:
        return option_number("t5-ms", argument, 1, SERVER_HUNT_DURATION_MAX_MS, &options->t5_ms);
    case CLIENT_OPTION_RETRAN_MAX:
        return option_number("retran-max-ms", argument, 1, SERVER_HUNT_DURATION_MAX_MS,
                             &options->retran_max_ms);
    default:
        return false; /* getopt_long has said what is wrong */
    }
}

static bool complain(const char *text)
{
    fprintf(stderr, "poolproof: %s\n", text);
    return false;
}

static bool agree(const struct client_options *options)
{
    bool key = options->key_file != NULL;
    bool trust = options->trust_file != NULL;

    if (options->server_count == 0)
        return complain("name at least one registrar with --registrar HOST:PORT");
    if (options->plain && (key || trust))
        return complain("--plain goes without --key-file and --trust");
    if (key && trust)
        return complain("give either --key-file or --trust, not both");
    if (!options->plain && !key && !trust)
        return complain("give --key-file (pool elements) or --trust (pool users); --plain only for "
                        "a registrar with security \"none\"");
    if (options->rsa_aes128_cbc_sha != NULL && !trust)
        return complain("--rsa-aes128-cbc-sha needs --trust: a key has suites of its own");
    return options->identity == NULL || key || complain("--identity needs --key-file");
}

static bool look_up(struct client_server *server, const char *text, bool plain)
{
    char problem[NETWORK_PROBLEM_MAX];
    char host[SECURE_HOST_NAME_MAX + 1];
    struct secure_problem what;
    uint16_t port;

    snprintf(server->text, sizeof server->text, "%s", text);
    if (!network_address_parse(text, plain ? ASAP_PORT : ASAP_TLS_PORT, &server->address,
                               problem)) {
        fprintf(stderr, "poolproof: --registrar: %s\n", problem);
        return false;
    }
    if (plain || !network_address_split(text, host, sizeof host, &port))
        return true;
    if (secure_reference_parse(&server->reference, host, &what))
        return true;
    fprintf(stderr, "poolproof: --registrar: %s\n", what.text);
    return false;
}

/* Offered unless forbidden, as the registrar does: RFC 5352, 9.2 demands it of pool users, too. */
static bool offers_rsa_suite(const struct client_options *options)
{
    return options->rsa_aes128_cbc_sha == NULL || strcmp(options->rsa_aes128_cbc_sha, "true") == 0;
}

static struct secure_client_configuration *load(const struct client_options *options,
                                                struct secure_problem *problem)
{
    struct secure_client_options secure = {.key_file = options->key_file,
                                           .identity = options->identity,
                                           .trust_anchors_file = options->trust_file,
                                           .rsa_aes128_cbc_sha = offers_rsa_suite(options)};

    return secure_client_configuration_load(&secure, problem);
}

bool client_options_reload(struct client_options *options, struct secure_problem *problem)
{
    struct secure_client_configuration *fresh;

    if (options->plain)
        return true;
    fresh = load(options, problem);
    if (fresh == NULL)
        return false;
    secure_client_configuration_release(
        options->tls); /* open channels hold references of their own */
    options->tls = fresh;
    return true;
}

bool client_options_finish(struct client_options *options)
{
    struct secure_problem problem;

    if (!agree(options))
        return false;
    for (uint32_t i = 0; i < options->server_count; i++)
        if (!look_up(&options->server[i], options->server_text[i], options->plain))
            return false;
    if (options->plain)
        return true;
    privileges_forbid_dumps(); /* from here on there may be a key in the memory */
    options->tls = load(options, &problem);
    return options->tls != NULL || complain(problem.text);
}

void client_options_release(struct client_options *options)
{
    secure_client_configuration_release(options->tls);
    options->tls = NULL;
}

void client_options_hunt(const struct client_options *options,
                         struct server_hunt_configuration *hunt)
{
    if (options->t5_ms > 0)
        hunt->t5_ms = options->t5_ms;
    if (options->retran_max_ms > 0)
        hunt->retran_max_ms = options->retran_max_ms;
    if (hunt->retran_max_ms < hunt->t5_ms)
        hunt->retran_max_ms = hunt->t5_ms;
    if (hunt->jitter_ms > hunt->t5_ms)
        hunt->jitter_ms = hunt->t5_ms;
}
