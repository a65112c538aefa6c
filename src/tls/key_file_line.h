/* One line of the key file: from bytes to identity, roles, key and rights. Proved.
 *
 * The grammar is spec/key_file.rl; its generated automaton (gen/text_key_file.h) says of each
 * byte whether it may stand there and what it means, and this appends it to the field concerned.
 * Whether the text of an address is one is left to the reader of the file. Pure; the caller owns
 * everything, and wipes it, since it holds a key.
 */
#ifndef POOLPROOF_TLS_KEY_FILE_LINE_H
#define POOLPROOF_TLS_KEY_FILE_LINE_H

#include "access.h"

#include <stdbool.h>
#include <stdint.h>

#define KEY_FILE_LINE_MAX 65535u /* bytes of a line, without its newline */
#define KEY_FILE_KEY_MIN 16u     /* bytes of a key */
#define KEY_FILE_KEY_MAX 64u     /* bytes of a key: RFC 4279, 5.3 */
#define KEY_FILE_ADDRESS_MAX 45u /* characters of an IPv6 address in its longest form */

struct key_file_address {
    uint32_t length;
    char text[KEY_FILE_ADDRESS_MAX + 1u]; /* NUL-terminated */
};

struct key_file_line {
    uint32_t identity_length; /* 0: a comment or a blank line */
    uint8_t identity[ACCESS_NAME_MAX];
    uint8_t roles; /* sum of ROLE_* */
    uint8_t digit; /* the high digit of the byte being read */
    uint32_t key_length;
    uint8_t key[KEY_FILE_KEY_MAX];
    uint32_t pool_count;
    uint32_t address_count;
    uint32_t server_identifier; /* of a registrar; 0 for all others */
    bool server_given;          /* server= was read, or its beginning */
    struct access_pattern pool[ACCESS_POOLS_MAX];
    struct key_file_address address[ACCESS_ADDRESSES_MAX];
};

enum key_file_fault {
    KEY_FILE_GOOD = 0,
    KEY_FILE_SYNTAX = 1,         /* a byte that the grammar does not allow there */
    KEY_FILE_LONG_IDENTITY = 2,  /* more than ACCESS_NAME_MAX bytes */
    KEY_FILE_LONG_PATTERN = 3,   /* more than ACCESS_PATTERN_MAX bytes */
    KEY_FILE_LONG_ADDRESS = 4,   /* more than KEY_FILE_ADDRESS_MAX characters */
    KEY_FILE_MANY_POOLS = 5,     /* more than ACCESS_POOLS_MAX */
    KEY_FILE_MANY_ADDRESSES = 6, /* more than ACCESS_ADDRESSES_MAX */
    KEY_FILE_BAD_SERVER = 7,     /* a server identifier that is 0, or has more than 32 bits */
    KEY_FILE_MANY_SERVERS = 8,   /* a second server identifier */
    KEY_FILE_NO_SERVER = 9,      /* a registrar without server identifier */
    KEY_FILE_NO_REGISTRAR = 10,  /* a server identifier without the role of a registrar */
    KEY_FILE_INCOMPLETE = 11     /* an identity without role or key */
};

/* What is wrong with a line, and at which byte, from 1. */
struct key_file_verdict {
    uint8_t fault; /* enum key_file_fault */
    uint32_t column;
};

/*@ predicate valid_key_file_line{L}(struct key_file_line *l) =
      l->identity_length <= ACCESS_NAME_MAX &&
      l->roles <= ROLES_ALL &&
      l->digit <= 15 &&
      l->key_length <= KEY_FILE_KEY_MAX &&
      l->pool_count <= ACCESS_POOLS_MAX &&
      l->address_count <= ACCESS_ADDRESSES_MAX &&
      (\forall integer i; 0 <= i < ACCESS_POOLS_MAX ==>
        l->pool[i].length <= ACCESS_PATTERN_MAX) &&
      (\forall integer i; 0 <= i < ACCESS_ADDRESSES_MAX ==>
        l->address[i].length <= KEY_FILE_ADDRESS_MAX);

    // What an entry has at least; and a registrar, but nobody else, has a server identifier.
    predicate whole_entry{L}(struct key_file_line *l) =
      1 <= l->identity_length && l->roles != 0 && KEY_FILE_KEY_MIN <= l->key_length &&
      (access_role_set(l->roles, ROLE_REGISTRAR) <==> l->server_identifier != 0);
*/

/* Reads the `length` bytes of a line, without its newline, into `line`. False with the fault in
 * `verdict`; `line` may then hold a part of it, key bytes too. */
/*@ requires length <= KEY_FILE_LINE_MAX;
    requires \valid_read(text + (0 .. length - 1));
    requires \valid(line) && \valid(verdict);
    requires \separated(line, verdict);
    requires \separated(line, text + (0 .. length - 1));
    requires \separated(verdict, text + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns *line, *verdict;
    ensures valid: valid_key_file_line(line);
    ensures place: 1 <= verdict->column <= length + 1;
    ensures judged: \result == true <==> verdict->fault == KEY_FILE_GOOD;
    ensures entry: \result == true ==> line->identity_length == 0 || whole_entry(line);
*/
bool key_file_line_read(const uint8_t *text, uint32_t length, struct key_file_line *line,
                        struct key_file_verdict *verdict);

#endif
