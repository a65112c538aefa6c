/* Who may do what: identities, their roles, their pools and their addresses.
 *
 * RFC 5355 leaves the decision "which nodes are authorized to participate in the pool" (2.1 to 2.4) to
 * the administrators, and demands that it be checked before any state changes. This is the table they
 * fill in (by way of the key file) and the questions the registrar asks of it. A pre-shared key gives
 * an identity; everything else follows from the identity, never from what a message claims.
 *
 * Ownership: the caller owns the table, whose all-zero bytes are the empty table: nobody may do
 * anything. Questions only read it. Keys and certificates are not in it.
 *
 * Numbers of identities. An identity is known to the registrar by its index. When the key file is read
 * again, access_rules_merge() keeps the index of every name that stays and never gives the index of a
 * name that went away to a new one in the same merge. Hand EVENT_RULES_CHANGED to the registrar after
 * each merge, and let it finish (registrar_applying_rules() false) before the next one: then no element and
 * no channel ever changes hands through a reused index.
 */
#ifndef POOLPROOF_CORE_ACCESS_H
#define POOLPROOF_CORE_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"

/* Identities in one table. */
#define ACCESS_IDENTITIES_MAX 4096u

/* Bytes of an identity's name (RFC 4279, 5.3 asks for at least 128). */
#define ACCESS_NAME_MAX 128u

/* Pool patterns and granted addresses of one identity, and bytes of a pattern. */
#define ACCESS_POOLS_MAX 16u
#define ACCESS_ADDRESSES_MAX 16u
#define ACCESS_PATTERN_MAX 255u

/* Nobody in particular: a pool user that did not authenticate. Also "no such identity". */
#define IDENTITY_ANONYMOUS UINT32_MAX

/* Of an element: nobody's yet. It came from another registrar, which does not say whom it is bound to there; whoever
 * shows a right to it may be bound to it here. No principal has it. */
#define IDENTITY_UNBOUND 0xfffffffeu

/* Roles are powers of two, added up in a byte. */
#define ROLE_POOL_ELEMENT 1u  /* registers, deregisters, resolves, reports */
#define ROLE_POOL_USER 2u     /* resolves, reports */
#define ROLE_REGISTRAR 4u     /* speaks ENRP */
#define ROLE_ADMINISTRATOR 8u /* the admin socket; nothing on the wire */
#define ROLES_ALL 15u

/* Whom a channel belongs to, as its TLS handshake and its socket showed. */
struct principal {
    uint32_t identity;         /* index into the rules, or IDENTITY_ANONYMOUS */
    uint8_t roles;             /* roles the *channel* allows at most: ROLES_ALL for a PSK channel,
                          ROLE_POOL_USER for a certificate channel with an anonymous client, 0 for plain
                          text. What is granted is what both the channel and the rules allow. */
    struct ip_address address; /* the peer's address of the connection */
    uint8_t
        shared; /* not 0: whoever comes has this identity, as without TLS; it tells nobody from anybody */
};

/* Pools an identity may register in: one handle, or all that begin with some bytes. */
struct access_pattern {
    uint8_t prefix;  /* 1: every handle that begins with these bytes (none: every handle) */
    uint32_t length; /* bytes in use, at most ACCESS_PATTERN_MAX */
    uint8_t bytes[ACCESS_PATTERN_MAX];
};

struct access_identity {
    uint32_t name_length; /* 0: this index is free; at most ACCESS_NAME_MAX */
    uint8_t name[ACCESS_NAME_MAX];
    uint8_t roles;              /* sum of ROLE_*; 0 to ROLES_ALL */
    uint32_t pool_count;        /* at most ACCESS_POOLS_MAX */
    uint32_t address_count;     /* at most ACCESS_ADDRESSES_MAX */
    uint32_t server_identifier; /* which registrar it is (RFC 5353, 3.2.1); 0: none granted */
    struct access_pattern pool[ACCESS_POOLS_MAX];
    struct ip_address address[ACCESS_ADDRESSES_MAX]; /* user transport addresses beside its own */
};

struct access_rules {
    uint32_t count;          /* indexes in use or once used */
    uint8_t anonymous_roles; /* roles of IDENTITY_ANONYMOUS: ROLE_POOL_USER or 0 */
    struct access_identity identity[ACCESS_IDENTITIES_MAX];
};

/* Counts and lengths beyond their maxima are taken for the maxima, so that the questions below are safe on any
 * bytes, and nothing has to be known of the table to ask them. */
/*@ predicate access_known(struct access_rules *r, integer identity) =
      identity < ACCESS_IDENTITIES_MAX && identity < r->count && r->identity[identity].name_length > 0;


    predicate access_role_set(integer roles, integer role) = (roles / role) % 2 != 0;

    // The identity is a registrar's that was granted this server identifier; said of the rules' value as a whole, so it
    // lasts as long as no rule is written.
    predicate access_server_granted(struct access_rules v[1], integer identity, integer server) =
      identity < ACCESS_IDENTITIES_MAX && identity < v[0].count && v[0].identity[identity].name_length > 0 &&
      server != 0 && access_role_set(v[0].identity[identity].roles, ROLE_REGISTRAR) &&
      v[0].identity[identity].server_identifier == server;

    predicate access_role_given(struct access_rules *r, struct principal *p, integer role) =
      access_role_set(p->roles, role) &&
      (p->identity == IDENTITY_ANONYMOUS
         ? access_role_set(r->anonymous_roles, role)
         : access_known(r, p->identity) && access_role_set(r->identity[p->identity].roles, role));

    // Nobody but `identity` may be the registrar `server_identifier`.
    predicate access_server_alone(struct access_rules *r, integer identity, integer server_identifier) =
      \forall integer i; i != identity && 0 <= i && access_known(r, i) ==>
        r->identity[i].server_identifier != server_identifier;
*/

/* In contracts: access_server_granted of what r points to, as an array of one (see valid_handlespace). */
#define ACCESS_SERVER_GRANTED(r, identity, server)                                                 \
    access_server_granted(*(struct access_rules(*)[1])(r), identity, server)

/* ---- Filling the table: the key file reader does this, into a table of zero bytes ---- */

/* Add an identity. `name`: 1 to ACCESS_NAME_MAX bytes, any values; `roles`: sum of ROLE_*, others are
 * refused. Returns its index, or IDENTITY_ANONYMOUS when the name is empty, too long or already there,
 * or the table is full. */
/*@ requires table: \valid(rules);
    requires name: \valid_read(name + (0 .. length - 1));
    requires apart: \separated(rules, name + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns rules->count, rules->identity[0 .. ACCESS_IDENTITIES_MAX - 1];
    ensures known: \result != IDENTITY_ANONYMOUS ==> access_known(rules, \result);
*/
uint32_t access_add_identity(struct access_rules *rules, const uint8_t *name, uint32_t length,
                             uint8_t roles);

/* Let an identity register in the pool `bytes`, or with `prefix` in all whose handle begins with it.
 * False when the identity is unknown, has ACCESS_POOLS_MAX patterns, or the pattern is too long. */
/*@ requires table: \valid(rules);
    requires pattern: \valid_read(bytes + (0 .. length - 1));
    requires apart: \separated(rules, bytes + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns rules->identity[0 .. ACCESS_IDENTITIES_MAX - 1];
*/
bool access_grant_pool(struct access_rules *rules, uint32_t identity, const uint8_t *bytes,
                       uint32_t length, bool prefix);

/* Let an identity register with a user transport address that is not its connection's.
 * False when the identity is unknown, has ACCESS_ADDRESSES_MAX, or the address is of neither family. */
/*@ requires table: \valid(rules);
    requires address: \valid_read(address);
    requires apart: \separated(rules, address);
    terminates \true;
    exits \false;
    assigns rules->identity[0 .. ACCESS_IDENTITIES_MAX - 1];
*/
bool access_grant_address(struct access_rules *rules, uint32_t identity,
                          const struct ip_address *address);

/* Let an identity be the registrar `server_identifier`, in place of one granted before. False, and nothing
 * changed, when the identity is unknown, the identifier is 0, or another identity has it: two registrars with
 * one identifier would be home of the same elements. The role of a registrar is needed besides, to use it. */
/*@ requires table: \valid(rules);
    terminates \true;
    exits \false;
    assigns rules->identity[0 .. ACCESS_IDENTITIES_MAX - 1].server_identifier;
    ensures granted: \result <==> access_known(rules, identity) && server_identifier != 0 &&
      \old(access_server_alone(rules, identity, server_identifier));
    ensures given: \result ==> rules->identity[identity].server_identifier == server_identifier;
    ensures alone: \result ==> access_server_alone(rules, identity, server_identifier);
    ensures others: \forall integer i; 0 <= i < ACCESS_IDENTITIES_MAX && (i != identity || !\result) ==>
      rules->identity[i].server_identifier == \old(rules->identity[i].server_identifier);
*/
bool access_grant_server(struct access_rules *rules, uint32_t identity, uint32_t server_identifier);

/* Bring a freshly read table into the one in use: names that stay keep their index and get their new
 * rights, names that are gone free theirs, new names get indexes that were free before. False, and
 * `current` unchanged, when there is no room for the new ones. Quadratic in the number of identities:
 * for a reload, not for an event. */
/*@ requires tables: \valid(current);
    requires next: \valid_read(next);
    requires apart: \separated(current, next);
    terminates \true;
    exits \false;
    assigns *current;
*/
bool access_rules_merge(struct access_rules *current, const struct access_rules *next);

/* ---- Questions ---- */

/* The index of a name, or IDENTITY_ANONYMOUS when nobody has it. */
/*@ requires table: \valid_read(rules);
    requires name: \valid_read(name + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures known: \result != IDENTITY_ANONYMOUS ==> access_known(rules, \result);
*/
uint32_t access_find_identity(const struct access_rules *rules, const uint8_t *name,
                              uint32_t length);

/* Whether `identity` is an index in use. IDENTITY_ANONYMOUS is not. */
/*@ requires table: \valid_read(rules);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures known: \result <==> access_known(rules, identity);
*/
bool access_is_known(const struct access_rules *rules, uint32_t identity);

/* Whether both the principal's channel and the rules allow it `role` (one of ROLE_*). */
/*@ requires table: \valid_read(rules);
    requires principal: \valid_read(principal);
    requires role: role == ROLE_POOL_ELEMENT || role == ROLE_POOL_USER || role == ROLE_REGISTRAR || role == ROLE_ADMINISTRATOR;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures given: \result <==> access_role_given(rules, principal, role);
*/
bool access_has_role(const struct access_rules *rules, const struct principal *principal,
                     uint8_t role);

/* Whether an identity may register in the pool `handle` (RFC 5355, 2.4): it is known, has the role of a
 * pool element, and one of its patterns matches. IDENTITY_ANONYMOUS may not. */
/*@ requires table: \valid_read(rules);
    requires handle: \valid_read(handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures known: \result ==> access_known(rules, identity);
    ensures role: \result ==> access_role_set(rules->identity[identity].roles, ROLE_POOL_ELEMENT);
*/
bool access_may_register(const struct access_rules *rules, uint32_t identity, const uint8_t *handle,
                         uint32_t length);

/* Whether a principal may register a user transport address: its connection's own, or one granted to
 * its identity (RFC 5352, 2.2.1: a subset of the addresses of the association; RFC 5355, 2.3). */
/*@ requires table: \valid_read(rules);
    requires principal: \valid_read(principal);
    requires address: \valid_read(address);
    terminates \true;
    exits \false;
    assigns \nothing;
*/
bool access_may_use_address(const struct access_rules *rules, const struct principal *principal,
                            const struct ip_address *address);

/* Whether an identity may speak as the registrar `server_identifier`: it is known, has the role of a
 * registrar, and was granted this very identifier (RFC 5355, 2.5: registrars authenticate each other). 0
 * is nobody's, and IDENTITY_ANONYMOUS is no registrar. */
/*@ requires table: \valid_read(rules);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures server: \result <==> ACCESS_SERVER_GRANTED(rules, identity, server_identifier);
*/
bool access_may_use_server(const struct access_rules *rules, uint32_t identity,
                           uint32_t server_identifier);

#endif
