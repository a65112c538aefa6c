/* What TLS needs to know: keys, certificates, trust anchors, and whom to expect (RFC 5352, 9.2).
 *
 * A configuration is loaded whole from files or not at all: a load that finds anything wrong
 * returns NULL with a sentence that names the file, the place and the remedy, and touches nothing
 * else. So a reload is: load the new one; if that worked, put it where the old one was and
 * release the old one; if not, log the sentence and keep the old. Channels hold references until
 * their handshake is done, so the old one's secrets live until the last handshake that began with
 * them is over or given up, and are wiped then; open connections do not keep them. The counts
 * are not atomic: one thread.
 *
 * Secrets lie in memory that is locked against swapping and left out of core dumps
 * (secret_memory.h).
 */
#ifndef POOLPROOF_TLS_SECURE_CONFIGURATION_H
#define POOLPROOF_TLS_SECURE_CONFIGURATION_H

#include "address.h"
#include "key_file.h"
#include "secure_problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most bytes in a host name, by RFC 1035 without the final dot. */
#define SECURE_HOST_NAME_MAX 253u

/* Most bytes in a pre-shared-key identity: RFC 4279, 5.3. */
#define SECURE_IDENTITY_MAX 128u

/* ---- servers ---- */

/* File names; nothing of this is kept after the load. */
struct secure_server_options {
    const char *certificate_file; /* PEM: the server's own, then its chain; NULL: PSK only */
    const char *private_key_file; /* PEM: its key; NULL exactly when certificate_file is */
    const char *key_file;         /* identities and keys (key_file.h); NULL: certificates only */
    /* Offer TLS_RSA_WITH_AES_128_CBC_SHA, last: RFC 5352, 9.2 demands it, RFC 9325 advises against
     * it. It needs an RSA key, and means nothing with an EC key. */
    bool rsa_aes128_cbc_sha;
};

struct secure_server_configuration; /* opaque, counted */

/* Loads all the files named, or fills `problem` and returns NULL. At least one of
 * certificate_file and key_file must be given. Private keys are RSA of 2048 to 4096 bits, or EC
 * on P-256, P-384 or P-521, in a file that only its owner can read; the certificate must belong
 * to the key. The caller owns one reference. */
struct secure_server_configuration *
secure_server_configuration_load(const struct secure_server_options *options,
                                 struct secure_problem *problem);

/* The identities and their rights; NULL when there is no key file. Valid as long as the
 * configuration. */
const struct access_rules *
secure_server_configuration_rules(const struct secure_server_configuration *configuration);

/* The identities with their keys; NULL when there is no key file. Valid as long as the
 * configuration. */
const struct key_file *
secure_server_configuration_keys(const struct secure_server_configuration *configuration);

void secure_server_configuration_retain(struct secure_server_configuration *configuration);

/* Gives a reference back; with the last one all secrets are wiped. NULL is allowed. */
void secure_server_configuration_release(struct secure_server_configuration *configuration);

/* ---- clients ---- */

/* Either a key file (pool elements) or trust anchors (pool users), never both. */
struct secure_client_options {
    const char *key_file;           /* the client's own key file; NULL: certificates */
    const char *identity;           /* which identity in it; NULL when it has only one */
    const char *trust_anchors_file; /* PEM: certification authorities; NULL: pre-shared key */
    bool rsa_aes128_cbc_sha;        /* also offer TLS_RSA_WITH_AES_128_CBC_SHA, last */
};

struct secure_client_configuration; /* opaque, counted */

struct secure_client_configuration *
secure_client_configuration_load(const struct secure_client_options *options,
                                 struct secure_problem *problem);
/* A client that is one of the identities in a server's key file: a registrar that connects to
 * another one. The keys are the server's own, not read again; a reference on it is kept. NULL with
 * `problem` filled when the key file, or the identity in it, is not there, or memory is short. */
struct secure_client_configuration *
secure_client_configuration_borrow(struct secure_server_configuration *server, const char *identity,
                                   struct secure_problem *problem);
void secure_client_configuration_retain(struct secure_client_configuration *configuration);
void secure_client_configuration_release(struct secure_client_configuration *configuration);

/* ---- whom a client expects ---- */

/* The reference identity: a host name or an address, never both. */
struct secure_reference {
    char host_name[SECURE_HOST_NAME_MAX + 1]; /* small letters, no final dot; "" for an address */
    struct ip_address address;                /* size 0 for a host name */
};

/* Reads `text` as an IPv4 or IPv6 address (also in brackets), else as a host name. Host names are
 * letters, digits, hyphens and dots, labels of 1 to 63 bytes (RFC 1123, 2.1); a name in another
 * script must come in its ASCII form ("xn--..."; RFC 5352, 9.2). False with the reason and the
 * remedy in `problem`. */
bool secure_reference_parse(struct secure_reference *reference, const char *text,
                            struct secure_problem *problem);

#endif
