/* The state of a PSK endpoint, for the files that work on it (psk_input, psk_output, psk_keys,
 * psk_server, psk_client, psk_endpoint, psk_shell). Users see psk_endpoint.h alone.
 *
 * All numbers are unsigned and 32 or 64 bits wide, and all bytes stand in arrays (the cryptographic
 * state in one of signed words): the prover's memory model then keeps them apart by their types alone.
 * Flags are 0 or 1.
 */
#ifndef POOLPROOF_TLS_PSK_STATE_H
#define POOLPROOF_TLS_PSK_STATE_H

#include "crypto_port.h"
#include "psk_endpoint.h"
#include "psk_handshake.h"
#include "psk_reason.h"
#include "tls_record.h"

#define PSK_IN_SIZE (TLS_RECORD_HEADER + CRYPTO_PROTECTED_MAX)
#define PSK_OUT_SIZE 17408u
#define PSK_GATHER_SIZE (TLS_HANDSHAKE_HEADER + TLS_HANDSHAKE_BODY_MAX)
#define PSK_SMALL_MAX 648u /* longest handshake message or alert sent, but for a Certificate */
#define PSK_RESERVE 96u    /* of the outgoing buffer, kept free of plaintext for alerts */
#define PSK_MASTER_LENGTH 48u
#define PSK_OTHER_MAX CRYPTO_PREMASTER_LENGTH /* longest other secret (RFC 4279, 2) */
#define PSK_RECORD_LIMIT_MIN 4u
#define PSK_NO_GROUP 0u
#define PSK_NO_ALERT_YET 256u

/* What the handshake message in `gather` says, as far as it matters; offsets are within its body. */
struct psk_said {
    uint32_t version;
    uint32_t suite;                  /* ServerHello */
    uint32_t index;                  /* of that suite in the table */
    uint32_t fallback_scsv;          /* ClientHello, flag */
    uint32_t secure_renegotiation;   /* ClientHello, flag */
    uint32_t extended_master_secret; /* flag */
    uint32_t point_formats;          /* ClientHello, flag */
    uint32_t suites_offset;
    uint32_t suites_length;
    uint32_t groups_offset;
    uint32_t groups_length;
    uint32_t identity_offset; /* ClientKeyExchange */
    uint32_t identity_length;
    uint32_t group;        /* ServerKeyExchange */
    uint32_t share_offset; /* or of the encrypted secret of RSA_PSK */
    uint32_t share_length;
    uint32_t chain_offset; /* Certificate */
    uint32_t chain_length;
};

struct psk_endpoint {
    struct psk_progress progress;
    struct psk_said said;
    struct psk_suite suite;                /* valid when suite_known */
    uint32_t client;                       /* flag: this end is the client */
    uint32_t suite_known;                  /* flag: ServerHello was sent or received */
    uint32_t allow_suite[PSK_SUITE_COUNT]; /* flags */
    uint32_t allow_x25519;                 /* flag */
    uint32_t allow_p256;                   /* flag */
    uint32_t group;         /* of the exchange: PSK_NO_GROUP, or a group of crypto_port.h */
    uint32_t z_length;      /* of the other secret: 0, CRYPTO_Z_LENGTH or CRYPTO_PREMASTER_LENGTH */
    uint32_t share_length;  /* client: of the server's share */
    uint32_t chain_length;  /* server: of the certificate_list to show, 0: none */
    uint32_t chain_verdict; /* client: of crypto_rsa_check on the server's chain */
    uint32_t hello_version; /* server: of the ClientHello */
    uint32_t key_length;
    uint32_t identity_length;
    uint32_t write_protected; /* flag: records that go out are sealed */
    uint32_t in_start;        /* in[in_start .. in_end): received, not yet looked at */
    uint32_t in_end;
    uint32_t app_offset; /* in[app_offset ..]: plaintext for the application */
    uint32_t app_length;
    uint32_t gathered;       /* bytes of a handshake message in `gather` */
    uint32_t wanted;         /* how many it has as far as is known: its header, then all of it */
    uint32_t alert_gathered; /* bytes of an alert in `alert`: 0 or 1 */
    uint32_t nuisances;      /* in a row, at most PSK_NUISANCE_MAX */
    uint32_t out_start;      /* out[out_start .. out_end): records to be sent */
    uint32_t out_end;
    uint32_t pending;        /* plaintext in the record being filled behind out_end */
    uint32_t reason;         /* enum psk_reason */
    uint32_t alert_sent;     /* description, or PSK_NO_ALERT_YET */
    uint32_t alert_received; /* description, or PSK_NO_ALERT_YET */
    uint64_t records_in;     /* opened under the connection's keys */
    uint64_t records_out;    /* sealed under the connection's keys */
    uint64_t record_limit;   /* most of either; at least PSK_RECORD_LIMIT_MIN */
    uint64_t wanted_limit;   /* what the owner asked for, 0: nothing */
    psk_find *find;          /* server: the caller's lookup, and its context */
    void *context;
    struct crypto_session crypto;
    uint8_t client_random[TLS_RANDOM_LENGTH];
    uint8_t server_random[TLS_RANDOM_LENGTH];
    uint8_t identity[TLS_IDENTITY_MAX];
    uint8_t key[PSK_KEY_MAX];
    uint8_t z[PSK_OTHER_MAX];
    uint8_t master[PSK_MASTER_LENGTH];
    uint8_t key_block[PSK_KEY_BLOCK_MAX];
    uint8_t share[TLS_SHARE_MAX];
    uint8_t expected[TLS_VERIFY_DATA_LENGTH]; /* verify_data the peer's Finished must have */
    uint8_t alert[2];
    uint8_t gather[PSK_GATHER_SIZE];
    uint8_t in[PSK_IN_SIZE];
    uint8_t out[PSK_OUT_SIZE];
};

/* What is always true of an endpoint between two functions, as macros for contracts: written out in
 * place, so that the prover sees at once which parts a function leaves alone. */
#define PSK_VALID_FLAGS                                                                            \
    (e->client <= 1 && e->suite_known <= 1 && e->write_protected <= 1 &&                           \
     e->reason < PSK_REASON_COUNT)

#define PSK_VALID_GROUP                                                                            \
    (e->group == PSK_NO_GROUP || e->group == CRYPTO_GROUP_X25519 ||                                \
     e->group == CRYPTO_GROUP_SECP256R1)

#define PSK_VALID_LENGTHS                                                                          \
    ((e->z_length == 0 || e->z_length == CRYPTO_Z_LENGTH ||                                        \
      e->z_length == CRYPTO_PREMASTER_LENGTH) &&                                                   \
     e->share_length <= TLS_SHARE_MAX && e->chain_length <= CRYPTO_CHAIN_MAX &&                    \
     e->key_length <= PSK_KEY_MAX && e->identity_length <= TLS_IDENTITY_MAX)

#define PSK_VALID_IN                                                                               \
    (e->in_start <= e->in_end <= PSK_IN_SIZE && e->app_offset + e->app_length <= PSK_IN_SIZE &&    \
     e->gathered <= e->wanted && TLS_HANDSHAKE_HEADER <= e->wanted <= PSK_GATHER_SIZE &&           \
     e->alert_gathered <= 1 && e->nuisances <= PSK_NUISANCE_MAX)

/* clang-format off */
#define PSK_VALID_OUT                                                                              \
    (e->out_start <= e->out_end <= PSK_OUT_SIZE && e->pending <= CRYPTO_PLAINTEXT_MAX &&           \
     (e->pending > 0 ==> e->out_end + CRYPTO_BEFORE + e->pending + CRYPTO_AFTER <= PSK_OUT_SIZE))

#define PSK_VALID_LIMITS                                                                           \
    (PSK_RECORD_LIMIT_MIN <= e->record_limit <= 0x1000000000000 &&                                 \
     e->records_in <= e->record_limit && e->records_out <= e->record_limit &&                      \
     (e->write_protected == 0 ==> e->records_out == 0))

/* Records are sealed before an endpoint opens, and plaintext is taken only then. */
#define PSK_VALID_SENDING                                                                          \
    ((e->progress.step == PSK_AWAITS_SERVER_CHANGE ==> e->write_protected == 1) &&                \
     (e->progress.step == PSK_AWAITS_SERVER_FINISHED ==> e->write_protected == 1) &&              \
     (e->progress.step == PSK_STEP_OPEN ==> e->write_protected == 1) &&                           \
     (e->pending > 0 ==> e->progress.step == PSK_STEP_OPEN))

/* What the application may see came after a Finished that matched, in a protected record. */
#define PSK_DATA_AFTER_FINISHED                                                                    \
    (e->app_length > 0 ==> e->progress.finished_matched == 1 && e->progress.read_protected == 1)

/* Nothing was sealed before our own ChangeCipherSpec. */
#define PSK_UNSEALED (e->progress.step <= PSK_AWAITS_SERVER_DONE ==> e->write_protected == 0)

/* Between two messages. */
#define PSK_SETTLED (PSK_UNSEALED && e->gathered < e->wanted)

/* clang-format on */

/* Structures field by field, where a function may change them. */
#define PSK_ASSIGNS_PROGRESS                                                                       \
    e->progress.step, e->progress.read_protected, e->progress.finished_matched
#define PSK_ASSIGNS_SAID                                                                           \
    e->said.version, e->said.suite, e->said.index, e->said.fallback_scsv,                          \
        e->said.secure_renegotiation, e->said.extended_master_secret, e->said.point_formats,       \
        e->said.suites_offset, e->said.suites_length, e->said.groups_offset,                       \
        e->said.groups_length, e->said.identity_offset, e->said.identity_length, e->said.group,    \
        e->said.share_offset, e->said.share_length, e->said.chain_offset, e->said.chain_length
#define PSK_ASSIGNS_SUITE                                                                          \
    e->suite.code, e->suite.exchange, e->suite.cipher, e->suite.mac_length, e->suite.key_length,   \
        e->suite.iv_length, e->suite.nonce_length, e->suite.expansion_min, e->suite.expansion_max, \
        e->suite.record_limit, e->suite_known, e->record_limit

/* Four clauses, not one for each part above: every function has to show each clause on each of its paths. */
/* clang-format off */
#define PSK_EACH_VALID(clause)                                                                     \
    clause values: PSK_VALID_FLAGS && PSK_VALID_SUITE(e->suite) && PSK_VALID_GROUP &&             \
                   PSK_VALID_LENGTHS;                                                             \
    clause buffers: PSK_VALID_IN && PSK_VALID_OUT;                                                \
    clause progress: PSK_VALID_LIMITS && PSK_VALID_PROGRESS(e->progress) && PSK_VALID_SENDING;    \
    clause data_after_finished: PSK_DATA_AFTER_FINISHED;
/* clang-format on */
#define PSK_REQUIRES_VALID PSK_EACH_VALID(requires)
#define PSK_ENSURES_VALID PSK_EACH_VALID(ensures)
#define PSK_KEEPS_VALID PSK_EACH_VALID(loop invariant)

#endif
