/* The journal of the handlespace: changes that the other registrars are still to be told (RFC 5353, 3.1).
 *
 * Whatever happens to an element of which this registrar is the home (it was registered, registered again, or removed,
 * for whatever reason) is noted with a copy of its pool handle and its Pool Element parameter, so that it can be
 * announced when the element is long gone. Elements of other homes are theirs to announce, and never noted.
 *
 * A ring of HANDLESPACE_JOURNAL_MAX changes, oldest first. When it is full, further changes are not noted, but
 * counted in journal_lost: the PE checksums will differ, and the peers fetch the elements again (RFC 5353, 3.6).
 *
 * Nothing of it belongs to what makes a handlespace valid: its numbers are taken modulo its size, and a record is handed
 * out only if its lengths are within their arrays.
 */
#ifndef POOLPROOF_CORE_HANDLESPACE_JOURNAL_H
#define POOLPROOF_CORE_HANDLESPACE_JOURNAL_H

#include "handlespace.h"

/* Note what is about to happen, or has just happened, to an element: UPDATE_ACTION_ADD_PE or UPDATE_ACTION_DEL_PE. Does
 * nothing when this registrar is not its home. The element's handle and parameter are copied as they are now. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->journal, h->journal_lost;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);

    behavior of_another_home:
      assumes h->element[element].home != h->own_server;
      assigns \nothing;
    behavior full:
      assumes h->element[element].home == h->own_server && h->journal.count >= HANDLESPACE_JOURNAL_MAX;
      assigns h->journal_lost;
      ensures lost: h->journal_lost == (\old(h->journal_lost) < UINT64_MAX ? \old(h->journal_lost) + 1 : UINT64_MAX);
    behavior noted:
      assumes h->element[element].home == h->own_server && h->journal.count < HANDLESPACE_JOURNAL_MAX;
      assigns h->journal;
      ensures count: h->journal.count == \old(h->journal.count) + 1;
      ensures first: h->journal.first == \old(h->journal.first);
      ensures action: h->journal.change[(h->journal.first % HANDLESPACE_JOURNAL_MAX + \old(h->journal.count)) % HANDLESPACE_JOURNAL_MAX].action == action;
      ensures identifier: h->journal.change[(h->journal.first % HANDLESPACE_JOURNAL_MAX + \old(h->journal.count)) % HANDLESPACE_JOURNAL_MAX].pe_identifier ==
        h->element[element].pe_identifier;
    complete behaviors;
    disjoint behaviors;
*/
void handlespace_note_change(struct handlespace *h, uint32_t element, uint16_t action);

/*@ // There is a change, and its record can be handed out.
    predicate journal_waits(struct handlespace *h) =
      h->journal.count > 0 &&
      h->journal.change[h->journal.first % HANDLESPACE_JOURNAL_MAX].handle_length <= POOL_HANDLE_MAX &&
      h->journal.change[h->journal.first % HANDLESPACE_JOURNAL_MAX].parameter_length <= ELEMENT_PARAMETER_MAX;
*/

/* The number of the oldest change in h->journal.change, or HANDLESPACE_NONE when there is none. */
/*@ requires valid: \valid_read(h);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures range: \result != HANDLESPACE_NONE ==> \result < HANDLESPACE_JOURNAL_MAX;
    ensures oldest: \result != HANDLESPACE_NONE ==>
      h->journal.count > 0 && \result == h->journal.first % HANDLESPACE_JOURNAL_MAX;
    ensures handle: \result != HANDLESPACE_NONE ==> h->journal.change[\result].handle_length <= POOL_HANDLE_MAX;
    ensures parameter: \result != HANDLESPACE_NONE ==>
      h->journal.change[\result].parameter_length <= ELEMENT_PARAMETER_MAX;
    ensures none: \result == HANDLESPACE_NONE ==> !journal_waits(h);
*/
uint32_t handlespace_oldest_change(const struct handlespace *h);

/* Whether a change waits to be told. */
/*@ requires valid: \valid_read(h);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures waiting: \result <==> journal_waits(h);
*/
bool handlespace_has_change(const struct handlespace *h);

/* The oldest change has been told: take it out. Nothing happens when there is none. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    terminates \true;
    exits \false;
    assigns h->journal.first, h->journal.count;
    ensures handlespace: valid_handlespace(h);
    ensures fewer: \old(h->journal.count) > 0 ==> h->journal.count == \old(h->journal.count) - 1;
    ensures next: \old(h->journal.count) > 0 ==>
      h->journal.first == (\old(h->journal.first) % HANDLESPACE_JOURNAL_MAX + 1) % HANDLESPACE_JOURNAL_MAX;
    ensures empty: \old(h->journal.count) == 0 ==> h->journal.count == 0;
*/
void handlespace_drop_change(struct handlespace *h);

/* Take out all changes, told or not: there is nobody to tell, or everything is fetched anew. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    terminates \true;
    exits \false;
    assigns h->journal.first, h->journal.count;
    ensures handlespace: valid_handlespace(h);
    ensures empty: h->journal.count == 0;
*/
void handlespace_clear_changes(struct handlespace *h);

#endif
