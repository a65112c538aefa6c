/* The state of a PSK endpoint, for the files that work on it (psk_input, psk_output, psk_keys,
 * psk_server, psk_client, psk_endpoint, psk_shell). Users see psk_endpoint.h alone.
 *
 * All numbers are 32 or 64 bits wide and all byte arrays stand at the end: bytes and numbers then
 * never overlap in the prover's memory model (for the same reason the cryptographic state is an array
 * of pointers). Flags are 0 or 1.
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
#define PSK_SMALL_MAX 256u /* longest handshake message or alert sent */
#define PSK_RESERVE 96u    /* of the outgoing buffer, kept free of plaintext for alerts */
#define PSK_MASTER_LENGTH 48u
#define PSK_RECORD_LIMIT_MIN 4u
#define PSK_NO_GROUP 0u
#define PSK_NO_ALERT_YET 256u

struct psk_endpoint {
    struct psk_progress progress;
    struct psk_suite suite;  /* valid when suite_known */
    uint32_t client;         /* flag: this end is the client */
    uint32_t suite_known;    /* flag: ServerHello was sent or received */
    uint32_t allow_suite[PSK_SUITE_COUNT]; /* flags */
    uint32_t allow_x25519;   /* flag */
    uint32_t allow_p256;     /* flag */
    uint32_t group;          /* of the exchange: PSK_NO_GROUP, or a group of crypto_port.h */
    uint32_t z_length;       /* of the shared secret: 0, or CRYPTO_Z_LENGTH */
    uint32_t share_length;   /* client: of the server's share */
    uint32_t key_length;
    uint32_t identity_length;
    uint32_t write_protected; /* flag: records that go out are sealed */
    uint32_t in_start;       /* in[in_start .. in_end): received, not yet looked at */
    uint32_t in_end;
    uint32_t app_offset;     /* in[app_offset ..]: plaintext for the application */
    uint32_t app_length;
    uint32_t gathered;       /* bytes of a handshake message in `gather` */
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
    uint8_t z[CRYPTO_Z_LENGTH];
    uint8_t master[PSK_MASTER_LENGTH];
    uint8_t key_block[PSK_KEY_BLOCK_MAX];
    uint8_t share[TLS_SHARE_MAX];
    uint8_t expected[TLS_VERIFY_DATA_LENGTH]; /* verify_data the peer's Finished must have */
    uint8_t alert[2];
    uint8_t gather[PSK_GATHER_SIZE];
    uint8_t in[PSK_IN_SIZE];
    uint8_t out[PSK_OUT_SIZE];
};

/*@ predicate psk_valid_flags(struct psk_endpoint *e) =
      e->client <= 1 && e->suite_known <= 1 && e->write_protected <= 1;

    predicate psk_valid_exchange(struct psk_endpoint *e) =
      (e->group == PSK_NO_GROUP || e->group == CRYPTO_GROUP_X25519
       || e->group == CRYPTO_GROUP_SECP256R1) &&
      (e->z_length == 0 || e->z_length == CRYPTO_Z_LENGTH) &&
      e->share_length <= TLS_SHARE_MAX &&
      e->key_length <= PSK_KEY_MAX &&
      e->identity_length <= TLS_IDENTITY_MAX;

    predicate psk_valid_in(struct psk_endpoint *e) =
      e->in_start <= e->in_end <= PSK_IN_SIZE &&
      e->app_offset + e->app_length <= PSK_IN_SIZE &&
      e->gathered < PSK_GATHER_SIZE &&
      e->alert_gathered <= 1 &&
      e->nuisances <= PSK_NUISANCE_MAX;

    predicate psk_valid_out(struct psk_endpoint *e) =
      e->out_start <= e->out_end <= PSK_OUT_SIZE &&
      e->pending <= CRYPTO_PLAINTEXT_MAX &&
      (e->pending > 0 ==>
       e->out_end + CRYPTO_BEFORE + e->pending + CRYPTO_AFTER <= PSK_OUT_SIZE);

    predicate psk_valid_limits(struct psk_endpoint *e) =
      PSK_RECORD_LIMIT_MIN <= e->record_limit <= 0x1000000000000 &&
      e->records_in <= e->record_limit &&
      e->records_out <= e->record_limit;

    predicate psk_valid_protection(struct psk_endpoint *e) =
      psk_valid_progress(&e->progress) &&
      (e->progress.step == PSK_AWAITS_SERVER_CHANGE ==> e->write_protected == 1) &&
      (e->progress.step == PSK_AWAITS_SERVER_FINISHED ==> e->write_protected == 1) &&
      (e->progress.step == PSK_STEP_OPEN ==> e->write_protected == 1) &&
      (e->pending > 0 ==> e->progress.step == PSK_STEP_OPEN) &&
      (e->write_protected == 0 ==> e->records_out == 0);

    // Between two messages: nothing was sealed before our own ChangeCipherSpec.
    predicate psk_settled(struct psk_endpoint *e) =
      e->progress.step <= PSK_AWAITS_SERVER_DONE ==> e->write_protected == 0;

    // What the application may see is what came after a Finished that matched.
    predicate psk_data_after_finished(struct psk_endpoint *e) =
      e->app_length > 0 ==>
      e->progress.finished_matched == 1 && e->progress.read_protected == 1;
*/

/* A valid endpoint, clause by clause: small goals are proved sooner than one large one. */
#define PSK_EACH_VALID(clause)                                                                     \
    clause flags: psk_valid_flags(e);                                                              \
    clause suite: psk_valid_suite(&e->suite);                                                      \
    clause exchange: psk_valid_exchange(e);                                                        \
    clause in: psk_valid_in(e);                                                                    \
    clause out: psk_valid_out(e);                                                                  \
    clause limits: psk_valid_limits(e);                                                            \
    clause protection: psk_valid_protection(e);                                                    \
    clause data_after_finished: psk_data_after_finished(e);
#define PSK_REQUIRES_VALID PSK_EACH_VALID(requires)
#define PSK_ENSURES_VALID PSK_EACH_VALID(ensures)
#define PSK_KEEPS_VALID PSK_EACH_VALID(loop invariant)

#endif
