/* The options every client command has: which registrars, and how they and we prove who we are.
 *
 *   --registrar HOST:PORT  a registrar (repeat for several; at least one)
 *   --key-file FILE        own pre-shared key (pool elements; pool users may)
 *   --identity NAME        which line of the key file, when it has several
 *   --trust FILE           certification authorities that may vouch for the registrar (pool users)
 *   --rsa-aes128-cbc-sha true|false   with --trust: offer that suite, too
 *   --plain                no TLS at all; only for a registrar with security "none"
 *   --t1-ms, --t5-ms, --retran-max-ms   timers of RFC 5352, 7.1
 */
#ifndef POOLPROOF_NET_CLIENT_OPTIONS_H
#define POOLPROOF_NET_CLIENT_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "network_address.h"
#include "secure_configuration.h"
#include "server_hunt.h"

/* Exit codes of all client commands, beside those of a command that is supervised. */
#define EXIT_CLIENT_DONE 0
#define EXIT_CLIENT_NEGATIVE 1  /* the answer is no: unknown pool, no element, refused */
#define EXIT_CLIENT_USAGE 2     /* wrong option, unreadable file */
#define EXIT_CLIENT_NO_ANSWER 3 /* no registrar, or no element, answered in time */

/* One registrar of the list. */
struct client_server {
    char text[NETWORK_ADDRESS_TEXT_MAX + 256]; /* as it was given */
    struct network_address address;
    struct secure_reference reference; /* whom its certificate must name */
};

struct client_options {
    struct client_server server[SERVER_HUNT_SERVERS_MAX];
    uint32_t server_count;
    const char *server_text[SERVER_HUNT_SERVERS_MAX];
    const char *key_file;
    const char *identity;
    const char *trust_file;
    const char *rsa_aes128_cbc_sha; /* "true" or "false"; NULL: not given, true */
    bool plain;
    uint32_t t1_ms; /* 0: default; T1, and T2 and T3 for pool elements */
    uint32_t t5_ms;
    uint32_t retran_max_ms;
    struct secure_client_configuration *tls; /* owned; NULL for plain text */
};

/* Values of `val` for the long options; single letters stay free for the commands. */
enum {
    CLIENT_OPTION_FIRST = 1000,
    CLIENT_OPTION_REGISTRAR = CLIENT_OPTION_FIRST,
    CLIENT_OPTION_KEY_FILE,
    CLIENT_OPTION_IDENTITY,
    CLIENT_OPTION_TRUST,
    CLIENT_OPTION_RSA_AES128_CBC_SHA,
    CLIENT_OPTION_PLAIN,
    CLIENT_OPTION_T1,
    CLIENT_OPTION_T5,
    CLIENT_OPTION_RETRAN_MAX,
    CLIENT_OPTION_LAST
};

/* To stand in a command's table of long options. */
#define CLIENT_OPTIONS                                                                             \
    {"registrar", required_argument, NULL, CLIENT_OPTION_REGISTRAR},                               \
        {"key-file", required_argument, NULL, CLIENT_OPTION_KEY_FILE},                             \
        {"identity", required_argument, NULL, CLIENT_OPTION_IDENTITY},                             \
        {"trust", required_argument, NULL, CLIENT_OPTION_TRUST},                                   \
        {"rsa-aes128-cbc-sha", required_argument, NULL, CLIENT_OPTION_RSA_AES128_CBC_SHA},         \
        {"plain", no_argument, NULL, CLIENT_OPTION_PLAIN},                                         \
        {"t1-ms", required_argument, NULL, CLIENT_OPTION_T1},                                      \
        {"t5-ms", required_argument, NULL, CLIENT_OPTION_T5},                                      \
    {                                                                                              \
        "retran-max-ms", required_argument, NULL, CLIENT_OPTION_RETRAN_MAX                         \
    }

/* The same for a command's help text. */
extern const char client_options_help[];

/* Takes one option that getopt_long returned; false with a message on standard error when it is wrong, or
 * none of these. */
bool client_option_take(struct client_options *options, int option, const char *argument);

/* After the last option: looks up the registrars and loads keys, before which it forbids core dumps
 * of this process. False with a message on standard error. */
bool client_options_finish(struct client_options *options);

/* Loads the key file and the authorities again. A good set serves all connections from now on, and
 * those that are open keep theirs; with a bad one nothing changes, and `problem` says what is wrong
 * with it. */
bool client_options_reload(struct client_options *options, struct secure_problem *problem);

void client_options_release(struct client_options *options);

/* True when --help stands among the arguments before "--": then `usage` and the options above were
 * printed. */
bool wants_help(int argc, char **argv, const char *usage);

/* A number from `least` to `most`; false with a message that names the option. */
bool option_number(const char *name, const char *text, uint32_t least, uint32_t most,
                   uint32_t *out);

/* Applies the timers that were given to the defaults of a client machine. */
void client_options_hunt(const struct client_options *options,
                         struct server_hunt_configuration *hunt);

#endif
