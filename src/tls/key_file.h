/* The key file: who may connect with a pre-shared key, and what each identity may do (RFC 5352,
 * 9.2: whoever has a pre-shared key is thereby authorized).
 *
 * One identity a line, `#` starts a comment line, blank lines are skipped:
 *
 *     IDENTITY ROLE[,ROLE...] KEYHEX [pool=HANDLE | pool=PREFIX*]... [address=IP]... [server=ID]
 *
 *     web-1   pe         0f1e...  pool=web     address=192.0.2.17
 *     shop    pe,pu      93ab...  pool=shop-*
 *     ops     admin      77c0...
 *     r-1     registrar  5be2...  server=0x00000001
 *
 * ROLE is pe, pu, registrar or admin. KEYHEX is 32 to 128 hexadecimal digits: 128 to 512 bits.
 * ID is the server identifier of a registrar (RFC 5353, 3.2.1), 1 to 2^32-1, decimal or hexadecimal with
 * 0x: each line with the role registrar has one of its own, and no other line has any.
 * The grammar is spec/key_file.rl; its automaton is generated (gen/text_key_file.h) and proved.
 * The file is refused when anyone but its owner can read it, when it belongs to someone other
 * than us, root, or the user we shall become (guarded_file_trust_owner), when two lines name the
 * same identity or the same server identifier, and when a limit of access.h is exceeded. Every
 * refusal names file, line and column; none shows a key.
 *
 * The rights go into `struct access_rules`, which holds no secret; the keys into locked memory
 * that is wiped when the key file is freed. An index means the same identity in the rules and in
 * the keys of one key file. The registrar's own table, into which access_rules_merge() brings
 * these rules, has indices of its own: there an identity is found by its name
 * (access_find_identity).
 */
#ifndef POOLPROOF_TLS_KEY_FILE_H
#define POOLPROOF_TLS_KEY_FILE_H

#include "psk_endpoint.h"
#include "secure_problem.h"

#include <stddef.h>
#include <stdint.h>

/* Returned when an identity is not there. */
#define KEY_FILE_NONE UINT32_MAX

struct access_rules;
struct key_file; /* opaque */

/* Reads the whole file. NULL with `problem` filled when anything is wrong. The caller frees it. */
struct key_file *key_file_load(const char *path, struct secure_problem *problem);

/* The same from `length` bytes of memory, for tests and fuzzing; `name` stands for the file in
 * problems. The text may be wiped by the caller afterwards. */
struct key_file *key_file_parse(const char *name, const uint8_t *text, size_t length,
                                struct secure_problem *problem);

/* Wipes the keys and frees everything. NULL is allowed. */
void key_file_free(struct key_file *file);

/* Identities in the file: indices 0 .. count - 1. */
uint32_t key_file_count(const struct key_file *file);

/* The index of an identity by its exact bytes, or KEY_FILE_NONE. Looks at every identity whatever
 * it finds, so that the time does not tell which ones exist. */
uint32_t key_file_find(const struct key_file *file, const uint8_t *identity, uint32_t length);

/* The name of identity `index` (< count), NUL-terminated. */
const char *key_file_identity(const struct key_file *file, uint32_t index);

/* The key of identity `index` (< count), in locked memory, as long as the key file. */
const struct psk_key *key_file_key(const struct key_file *file, uint32_t index);

/* What each identity may do; as long as the key file. Anonymous roles are none: whoever merges
 * these rules into the registrar's decides about pool users without a key. */
const struct access_rules *key_file_rules(const struct key_file *file);

#endif
