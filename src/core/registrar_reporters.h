/* Who has reported an element unreachable (RFC 5352, 3.5; RFC 5355, 2.13). Internal to the registrar.
 *
 * MAX-BAD-PE-REPORT taken to the letter lets one pool user remove an element that lives: it only has to say
 * the same thing often enough. So reporters are counted instead of reports. Works on a list of keys that is
 * handed over, and on nothing else.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_REPORTERS_H
#define POOLPROOF_CORE_REGISTRAR_REPORTERS_H

#include "registrar.h"

/*@ // The first byte of an anonymous reporter's key, by the kind of its address.
    logic integer reporter_class(struct ip_address *a) = a->size == 4 ? 4 : 16;

    // Whether a reporter is among the first `count` of the kept ones.
    predicate has_reported(uint64_t *kept, integer count, integer reporter) =
      \exists integer i; 0 <= i < count && kept[i] == reporter;

    // The first `count` of the kept ones are all different.
    predicate distinct_reporters(uint64_t *kept, integer count) =
      \forall integer i, j; 0 <= i < j < count ==> kept[i] != kept[j];
*/

/* The key by which a reporter is known again. An identity is one reporter over all its channels, and its key
 * is its index. Anonymous pool users, and those with an identity that everybody shares, are told apart by the
 * connection's address, IPv4 by all of it and IPv6 by its first 56 bits, because whoever has one address of a
 * site's network has them all; these keys lie above every index. */
/*@ requires principal: \valid_read(p);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures identity: p->identity < ACCESS_IDENTITIES_MAX && p->shared == 0 ==> \result == p->identity;
    ensures address: p->identity >= ACCESS_IDENTITIES_MAX || p->shared != 0 ==>
      \result == reporter_class(&p->address) * 72057594037927936 +
                 p->address.bytes[0] * 281474976710656 + p->address.bytes[1] * 1099511627776 +
                 p->address.bytes[2] * 4294967296 + p->address.bytes[3] * 16777216 +
                 p->address.bytes[4] * 65536 + p->address.bytes[5] * 256 + p->address.bytes[6];
    ensures never_an_identity: p->identity >= ACCESS_IDENTITIES_MAX || p->shared != 0 ==> \result >= ACCESS_IDENTITIES_MAX;
*/
uint64_t registrar_reporter(const struct principal *p);

/* Keep a reporter behind the first `count` ones, unless it is among them or they are
 * REGISTRAR_REPORTERS_MAX already. Gives how many there are now. */
/*@ requires kept: \valid(kept + (0 .. REGISTRAR_REPORTERS_MAX - 1));
    requires count: count <= REGISTRAR_REPORTERS_MAX;
    terminates \true;
    exits \false;
    assigns kept[0 .. REGISTRAR_REPORTERS_MAX - 1];
    ensures range: count <= \result <= count + 1 && \result <= REGISTRAR_REPORTERS_MAX;
    ensures counted_once: \old(has_reported(kept, count, reporter)) ==> \result == count;
    ensures counted: !\old(has_reported(kept, count, reporter)) && count < REGISTRAR_REPORTERS_MAX ==>
      \result == count + 1 && kept[count] == reporter;
    ensures others: \forall integer i; 0 <= i < count ==> kept[i] == \old(kept[i]);
    ensures distinct: \old(distinct_reporters(kept, count)) ==> distinct_reporters(kept, \result);
*/
uint32_t registrar_note_reporter(uint64_t *kept, uint32_t count, uint64_t reporter);

#endif
