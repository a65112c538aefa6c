/* The key schedule of a PSK endpoint: premaster secret (RFC 4279, 2 and 4; RFC 5489, 2), extended
 * master secret (RFC 7627, 4), keys of the records (RFC 5246, 6.3), verify_data (7.4.9). All of it is
 * arithmetic on offsets here; the cryptography is the port's. What is secret is wiped as soon as it
 * has served. */
#ifndef POOLPROOF_TLS_PSK_KEYS_H
#define POOLPROOF_TLS_PSK_KEYS_H

#include "psk_state.h"

/* Takes the suite at `index` of the table for this connection, with its limit of records or the
 * owner's lower one (not below PSK_RECORD_LIMIT_MIN). */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires index_in_table: index < PSK_SUITE_COUNT;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_SUITE;
    PSK_ENSURES_VALID
    ensures ecdhe: e->suite.exchange == PSK_EXCHANGE_ECDHE <==> index <= 1;
*/
void psk_take_suite(struct psk_endpoint *e, uint32_t index);

/* From the key, the shared secret and the transcript up to ClientKeyExchange: the master secret and
 * the key block. The key and the shared secret are wiped. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    terminates \true;
    exits \false;
    assigns e->master[0 .. PSK_MASTER_LENGTH - 1], e->key_block[0 .. PSK_KEY_BLOCK_MAX - 1],
            e->key[0 .. PSK_KEY_MAX - 1], e->z[0 .. PSK_OTHER_MAX - 1];
    PSK_ENSURES_VALID
    ensures key_wiped: \forall integer i; 0 <= i < PSK_KEY_MAX ==> e->key[i] == 0;
    ensures secret_wiped: \forall integer i; 0 <= i < PSK_OTHER_MAX ==> e->z[i] == 0;
*/
void psk_derive_keys(struct psk_endpoint *e);

/* Protects one direction from now on with the keys of the key block: `outgoing` 1 or 0. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires direction: outgoing <= 1;
    terminates \true;
    exits \false;
    assigns e->crypto.cell[0 .. CRYPTO_SESSION_CELLS - 1];
    PSK_ENSURES_VALID
*/
void psk_protect(struct psk_endpoint *e, uint32_t outgoing);

/* The verify_data of the client's (`of_client` not 0) or the server's Finished at this point of the
 * transcript. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires out_valid: \valid(out + (0 .. TLS_VERIFY_DATA_LENGTH - 1));
    requires apart: \separated(e, out + (0 .. TLS_VERIFY_DATA_LENGTH - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. TLS_VERIFY_DATA_LENGTH - 1];
*/
void psk_verify_data(const struct psk_endpoint *e, uint32_t of_client, uint8_t *out);

/* Wipes what no record needs any more: master secret, key block, key, shared secret. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    terminates \true;
    exits \false;
    assigns e->master[0 .. PSK_MASTER_LENGTH - 1], e->key_block[0 .. PSK_KEY_BLOCK_MAX - 1],
            e->key[0 .. PSK_KEY_MAX - 1], e->z[0 .. PSK_OTHER_MAX - 1];
    PSK_ENSURES_VALID
    ensures master_wiped: \forall integer i; 0 <= i < PSK_MASTER_LENGTH ==> e->master[i] == 0;
    ensures keys_wiped: \forall integer i; 0 <= i < PSK_KEY_BLOCK_MAX ==> e->key_block[i] == 0;
*/
void psk_forget_secrets(struct psk_endpoint *e);

#endif
