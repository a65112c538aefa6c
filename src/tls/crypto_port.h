/* The cryptography the PSK endpoint needs, as a port: the proved code above it knows these functions
 * and their contracts, and nothing of the library behind them (crypto_bearssl.c and, for RSA,
 * crypto_bearssl_rsa.c, the only files of the endpoint that include one).
 *
 * The contracts below are what the proofs assume. Of the bytes that come out they say only which
 * ones may change and how many there are; that AES-GCM is AES-GCM is a matter of the library and of
 * the interoperation tests. Each contract is an entry of the assumption ledger.
 *
 * A `struct crypto_session` is the cryptographic state of one connection: random generator,
 * transcript hash, ephemeral share, record protection of both directions; and apart from these, what
 * RSA_PSK suites need. Its inside belongs to the implementation; crypto_end wipes it.
 */
#ifndef POOLPROOF_TLS_CRYPTO_PORT_H
#define POOLPROOF_TLS_CRYPTO_PORT_H

#include <stdbool.h>
#include <stdint.h>

/* Record ciphers. */
#define CRYPTO_AES_128_GCM 1u       /* RFC 5288 */
#define CRYPTO_CHACHA20_POLY1305 2u /* RFC 7905 */
#define CRYPTO_NULL_SHA256 3u       /* HMAC-SHA256 alone (RFC 5246, 6.2.3.1; RFC 5487, 3) */
#define CRYPTO_CIPHER_LAST CRYPTO_NULL_SHA256

/* Labels of the PRF (RFC 5246, 8.1, 6.3 and 7.4.9; RFC 7627, 4). */
#define CRYPTO_LABEL_EXTENDED_MASTER_SECRET 0u
#define CRYPTO_LABEL_KEY_EXPANSION 1u
#define CRYPTO_LABEL_CLIENT_FINISHED 2u
#define CRYPTO_LABEL_SERVER_FINISHED 3u

#define CRYPTO_SEED_LENGTH 48u /* bytes that seed the generator of a connection */
#define CRYPTO_HASH_LENGTH 32u /* SHA-256 */
#define CRYPTO_Z_LENGTH 32u    /* the shared secret, in both groups */
#define CRYPTO_SHARE_MAX 65u   /* an uncompressed P-256 point */

/* Groups, by their TLS numbers. */
#define CRYPTO_GROUP_SECP256R1 23u
#define CRYPTO_GROUP_X25519 29u

/* Longest keys of a direction that any cipher may take. */
#define CRYPTO_MAC_MAX 48u /* HMAC-SHA384; its MAC is as long */
#define CRYPTO_KEY_MAX 32u /* AES-256, ChaCha20 */
#define CRYPTO_IV_MAX 16u  /* a block of AES */

/* Most room a record that we protect needs before and after its plaintext: the header and an
 * explicit nonce or IV; a MAC and the padding of a block cipher, of which we send one block at most. */
#define CRYPTO_HEADER 5u
#define CRYPTO_BEFORE 21u
#define CRYPTO_AFTER 64u
#define CRYPTO_PLAINTEXT_MAX 16384u

/* Most that protection may add to the plaintext of a record that comes in (RFC 5246, 6.2.3). */
#define CRYPTO_EXPANSION_MAX 2048u
#define CRYPTO_PROTECTED_MAX 18432u

/* RSA key exchange (RFC 4279, 4; RFC 5246, 7.4.7.1). */
#define CRYPTO_PREMASTER_LENGTH 48u /* what is encrypted: two bytes of version, 46 random ones */
#define CRYPTO_RSA_MAX 512u         /* bytes of the longest modulus: 4096 bits */
#define CRYPTO_CHAIN_MAX 16377u /* longest certificate_list shown: its message fits one record */
#define CRYPTO_CHAIN_GOOD 256u  /* no alert: the chain is trusted */

#define CRYPTO_SESSION_CELLS 320u
#define CRYPTO_RSA_CELLS 72u

struct crypto_session {
    int64_t cell[CRYPTO_SESSION_CELLS];
    int64_t rsa[CRYPTO_RSA_CELLS];
};

/* What the certificate side keeps (certificate_store.h, certificate_names.h); not looked into here. */
struct certificate_identity;
struct certificate_anchors;
struct certificate_reference;

/* Starts a session on zeroed memory: seeds the generator, begins an empty transcript. */
/*@ requires session: \valid(s);
    requires seed_readable: \valid_read(seed + (0 .. CRYPTO_SEED_LENGTH - 1));
    requires apart: \separated(s, seed + (0 .. CRYPTO_SEED_LENGTH - 1));
    terminates \true;
    exits \false;
    assigns s->cell[0 .. CRYPTO_SESSION_CELLS - 1];
*/
void crypto_start(struct crypto_session *s, const uint8_t *seed);

/* Wipes the session: all zeroes afterwards, by writes that the compiler keeps. */
/*@ requires session: \valid(s);
    terminates \true;
    exits \false;
    assigns s->cell[0 .. CRYPTO_SESSION_CELLS - 1], s->rsa[0 .. CRYPTO_RSA_CELLS - 1];
*/
void crypto_end(struct crypto_session *s);

/* Fills `out` with `length` random bytes. */
/*@ requires session: \valid(s);
    requires out_valid: \valid(out + (0 .. length - 1));
    requires bounded: length <= 1024;
    requires apart: \separated(s, out + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns s->cell[0 .. CRYPTO_SESSION_CELLS - 1], out[0 .. length - 1];
*/
void crypto_random(struct crypto_session *s, uint8_t *out, uint32_t length);

/* Appends bytes of a handshake message to the transcript. */
/*@ requires session: \valid(s);
    requires readable: \valid_read(bytes + (0 .. length - 1));
    requires apart: \separated(s, bytes + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns s->cell[0 .. CRYPTO_SESSION_CELLS - 1];
*/
void crypto_transcript_add(struct crypto_session *s, const uint8_t *bytes, uint32_t length);

/* The SHA-256 of the transcript so far, which may go on afterwards. */
/*@ requires session: \valid_read(s);
    requires out_valid: \valid(out + (0 .. CRYPTO_HASH_LENGTH - 1));
    requires apart: \separated(s, out + (0 .. CRYPTO_HASH_LENGTH - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. CRYPTO_HASH_LENGTH - 1];
*/
void crypto_transcript_hash(const struct crypto_session *s, uint8_t *out);

/* Makes an ephemeral key in `group`, keeps its private half in the session and writes the public
 * one. Returns its length: 32 for X25519, 65 for P-256. */
/*@ requires session: \valid(s);
    requires out_valid: \valid(out + (0 .. CRYPTO_SHARE_MAX - 1));
    requires known_group: group == CRYPTO_GROUP_X25519 || group == CRYPTO_GROUP_SECP256R1;
    requires apart: \separated(s, out + (0 .. CRYPTO_SHARE_MAX - 1));
    terminates \true;
    exits \false;
    assigns s->cell[0 .. CRYPTO_SESSION_CELLS - 1], out[0 .. CRYPTO_SHARE_MAX - 1];
    ensures x25519: group == CRYPTO_GROUP_X25519 ==> \result == 32;
    ensures p256: group == CRYPTO_GROUP_SECP256R1 ==> \result == 65;
*/
uint32_t crypto_share_make(struct crypto_session *s, uint32_t group, uint8_t *out);

/* Multiplies the peer's share by the private half of crypto_share_make in the same `group`, writes
 * the shared secret (P-256: the x coordinate) and wipes the private half. False, and a secret of no
 * meaning, when the share is not of the group's length and form, not on the curve, or leads to the
 * all-zero secret (RFC 7748, 6.1). */
/*@ requires session: \valid(s);
    requires readable: \valid_read(share + (0 .. length - 1));
    requires known_group: group == CRYPTO_GROUP_X25519 || group == CRYPTO_GROUP_SECP256R1;
    requires out_valid: \valid(out + (0 .. CRYPTO_Z_LENGTH - 1));
    requires apart: \separated(s, out + (0 .. CRYPTO_Z_LENGTH - 1), share + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns s->cell[0 .. CRYPTO_SESSION_CELLS - 1], out[0 .. CRYPTO_Z_LENGTH - 1];
    ensures length_checked: \result == \true ==>
        length == (group == CRYPTO_GROUP_X25519 ? 32 : 65);
*/
bool crypto_share_combine(struct crypto_session *s, uint32_t group, const uint8_t *share,
                          uint32_t length, uint8_t *out);

/* Gives the session of a server the chain it shows and its private key, which have to live until its
 * handshake is over. Returns the bytes of the certificate_list that the chain makes; 0, and nothing is
 * kept, when the key is no RSA key of 2048 bits or more, or the list longer than CRYPTO_CHAIN_MAX. */
/*@ requires session: \valid(s);
    terminates \true;
    exits \false;
    assigns s->rsa[0 .. CRYPTO_RSA_CELLS - 1];
    ensures bounded: \result <= CRYPTO_CHAIN_MAX;
*/
uint32_t crypto_rsa_show(struct crypto_session *s, const struct certificate_identity *identity);

/* Writes the certificate_list (RFC 5246, 7.4.2) of the chain that crypto_rsa_show took; `length` is
 * what that returned. */
/*@ requires session: \valid_read(s);
    requires out_valid: \valid(out + (0 .. length - 1));
    requires bounded: length <= CRYPTO_CHAIN_MAX;
    requires apart: \separated(s, out + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. length - 1];
*/
void crypto_rsa_chain(const struct crypto_session *s, uint8_t *out, uint32_t length);

/* Decrypts an EncryptedPreMasterSecret with the key of crypto_rsa_show, and writes the premaster
 * secret, whose first two bytes are `version` (that of the ClientHello) whatever was encrypted. When
 * the padding, or the length of either, is wrong, the rest is random, and by neither result nor
 * time does it show (RFC 5246, 7.4.7.1: else the server could be asked to decrypt for others). */
/*@ requires session: \valid(s);
    requires readable: \valid_read(encrypted + (0 .. length - 1));
    requires out_valid: \valid(out + (0 .. CRYPTO_PREMASTER_LENGTH - 1));
    requires apart: \separated(s, out + (0 .. CRYPTO_PREMASTER_LENGTH - 1),
                               encrypted + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns s->cell[0 .. CRYPTO_SESSION_CELLS - 1], out[0 .. CRYPTO_PREMASTER_LENGTH - 1];
*/
void crypto_rsa_decrypt(struct crypto_session *s, uint32_t version, const uint8_t *encrypted,
                        uint32_t length, uint8_t *out);

/* Gives the session of a client whom it trusts and the name that the server's certificate must have,
 * which have to live until its handshake is over, and the time in seconds since 1970. */
/*@ requires session: \valid(s);
    terminates \true;
    exits \false;
    assigns s->rsa[0 .. CRYPTO_RSA_CELLS - 1];
*/
void crypto_rsa_trust(struct crypto_session *s, const struct certificate_anchors *anchors,
                      const struct certificate_reference *reference, uint64_t unix_time);

/* Judges a server's certificate_list: CRYPTO_CHAIN_GOOD, and the key of its first certificate is kept
 * for crypto_rsa_encrypt, or the alert to answer with. Good is a chain whose signatures, dates and
 * usages lead to an anchor of crypto_rsa_trust, that names the server meant there, and whose key is
 * an RSA key of 2048 to 4096 bits that may be used to encrypt. */
/*@ requires session: \valid(s);
    requires readable: \valid_read(list + (0 .. length - 1));
    requires bounded: length <= 16384;
    requires apart: \separated(s, list + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns s->rsa[0 .. CRYPTO_RSA_CELLS - 1];
    ensures alert_or_good: \result <= CRYPTO_CHAIN_GOOD;
*/
uint32_t crypto_rsa_check(struct crypto_session *s, const uint8_t *list, uint32_t length);

/* Makes a premaster secret that begins with `version`, writes it, and encrypts it for the key that
 * crypto_rsa_check kept. Returns the bytes of the result; 0 when there is no key. */
/*@ requires session: \valid(s);
    requires premaster_valid: \valid(premaster + (0 .. CRYPTO_PREMASTER_LENGTH - 1));
    requires out_valid: \valid(out + (0 .. CRYPTO_RSA_MAX - 1));
    requires apart: \separated(s, premaster + (0 .. CRYPTO_PREMASTER_LENGTH - 1),
                               out + (0 .. CRYPTO_RSA_MAX - 1));
    terminates \true;
    exits \false;
    assigns s->cell[0 .. CRYPTO_SESSION_CELLS - 1], premaster[0 .. CRYPTO_PREMASTER_LENGTH - 1],
            out[0 .. CRYPTO_RSA_MAX - 1];
    ensures fits: \result <= CRYPTO_RSA_MAX;
*/
uint32_t crypto_rsa_encrypt(struct crypto_session *s, uint32_t version, uint8_t *premaster,
                            uint8_t *out);

/* The PRF of TLS 1.2 with SHA-256 (RFC 5246, 5). */
/*@ requires secret_readable: \valid_read(secret + (0 .. secret_length - 1));
    requires seed_readable: \valid_read(seed + (0 .. seed_length - 1));
    requires out_valid: \valid(out + (0 .. out_length - 1));
    requires known_label: label <= CRYPTO_LABEL_SERVER_FINISHED;
    requires apart: \separated(out + (0 .. out_length - 1), secret + (0 .. secret_length - 1));
    requires apart_seed: \separated(out + (0 .. out_length - 1), seed + (0 .. seed_length - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. out_length - 1];
*/
void crypto_prf(const uint8_t *secret, uint32_t secret_length, uint32_t label, const uint8_t *seed,
                uint32_t seed_length, uint8_t *out, uint32_t out_length);

/* Protects the records of one direction from now on, sequence number 0 first: `outgoing` 1 for what
 * crypto_seal writes, 0 for what crypto_open reads. A cipher takes of each key what it needs:
 * AES-128-GCM a key of 16 bytes and an IV of 4, ChaCha20-Poly1305 32 and 12, HMAC-SHA256 alone a
 * MAC key of 32. All three are readable at their longest, so that no bound depends on the cipher. */
/*@ requires session: \valid(s);
    requires known_cipher: 1 <= cipher <= CRYPTO_CIPHER_LAST;
    requires mac_key_readable: \valid_read(mac_key + (0 .. CRYPTO_MAC_MAX - 1));
    requires key_readable: \valid_read(key + (0 .. CRYPTO_KEY_MAX - 1));
    requires iv_readable: \valid_read(iv + (0 .. CRYPTO_IV_MAX - 1));
    requires apart_mac_key: \separated(s, mac_key + (0 .. CRYPTO_MAC_MAX - 1));
    requires apart_key: \separated(s, key + (0 .. CRYPTO_KEY_MAX - 1));
    requires apart_iv: \separated(s, iv + (0 .. CRYPTO_IV_MAX - 1));
    terminates \true;
    exits \false;
    assigns s->cell[0 .. CRYPTO_SESSION_CELLS - 1];
*/
void crypto_protect(struct crypto_session *s, uint32_t outgoing, uint32_t cipher,
                    const uint8_t *mac_key, const uint8_t *key, const uint8_t *iv);

/* Opens the protected fragment of a record in place. True when it is authentic: its plaintext is
 * the `*plain_length` bytes at `*plain_offset`, inside the fragment. False otherwise: then none of
 * its bytes may be used, nor the direction any more. */
/*@ requires session: \valid(s);
    requires fragment_valid: \valid(fragment + (0 .. length - 1));
    requires bounded: length <= CRYPTO_PROTECTED_MAX;
    requires offset_valid: \valid(plain_offset);
    requires length_valid: \valid(plain_length);
    requires apart: \separated(s, fragment + (0 .. length - 1), plain_offset, plain_length);
    terminates \true;
    exits \false;
    assigns s->cell[0 .. CRYPTO_SESSION_CELLS - 1], fragment[0 .. length - 1],
            *plain_offset, *plain_length;
    ensures inside: \result == \true ==> *plain_offset + *plain_length <= length;
*/
bool crypto_open(struct crypto_session *s, uint32_t type, uint8_t *fragment, uint32_t length,
                 uint32_t *plain_offset, uint32_t *plain_length);

/* Seals a record where it lies. Its plaintext, `length` bytes, begins CRYPTO_HEADER bytes and the
 * explicit nonce of the cipher (AES-128-GCM 8, the others none) after `record`. Returns the
 * length of the whole record, header included, which then begins at `record`. */
/*@ requires session: \valid(s);
    requires record_valid: \valid(record + (0 .. CRYPTO_BEFORE + length + CRYPTO_AFTER - 1));
    requires bounded: length <= CRYPTO_PLAINTEXT_MAX;
    requires apart: \separated(s, record + (0 .. CRYPTO_BEFORE + length + CRYPTO_AFTER - 1));
    terminates \true;
    exits \false;
    assigns s->cell[0 .. CRYPTO_SESSION_CELLS - 1],
            record[0 .. CRYPTO_BEFORE + length + CRYPTO_AFTER - 1];
    ensures fits: \result <= CRYPTO_BEFORE + length + CRYPTO_AFTER;
*/
uint32_t crypto_seal(struct crypto_session *s, uint32_t type, uint8_t *record, uint32_t length);

/* Whether two strings of bytes are equal, in a time that depends on their length alone. */
/*@ requires a_readable: \valid_read(a + (0 .. length - 1));
    requires b_readable: \valid_read(b + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures equal: \result == \true <==>
        (\forall integer i; 0 <= i < length ==> a[i] == b[i]);
*/
bool crypto_equal(const uint8_t *a, const uint8_t *b, uint32_t length);

/* Sets bytes to zero, by writes that the compiler keeps. */
/*@ requires valid: \valid(bytes + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns bytes[0 .. length - 1];
    ensures zero: \forall integer i; 0 <= i < length ==> bytes[i] == 0;
*/
void crypto_wipe(uint8_t *bytes, uint32_t length);

#endif
