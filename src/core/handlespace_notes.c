/* What the registrar notes on an element: one setter a field, each proved to keep the handlespace valid and
 * everything else as it was. See handlespace.h. Owns nothing. The writing functions know nothing of the invariant, only
 * that no cell it reads is written; the setters know nothing of cells. The provers need it apart. */
#include "handlespace_frames.h"

/* Writes the channel. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].channel;
    ENSURES_FIELDS_KEPT(h)
    ensures set: h->element[element].channel == channel;
*/
static void write_channel(struct handlespace *h, uint32_t element, uint32_t channel)
{
    h->element[element].channel = channel;
}

void handlespace_set_channel(struct handlespace *h, uint32_t element, uint32_t channel)
{
    write_channel(h, element, channel);
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

/* Writes the end of the registration life. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].expiry;
    ENSURES_FIELDS_KEPT(h)
    ensures set: h->element[element].expiry == expiry;
*/
static void write_expiry(struct handlespace *h, uint32_t element, uint64_t expiry)
{
    h->element[element].expiry = expiry;
}

void handlespace_set_expiry(struct handlespace *h, uint32_t element, uint64_t expiry)
{
    write_expiry(h, element, expiry);
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

/* Writes the deadline of the next keep-alive or its answer, and which of them it is. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].keep_alive_deadline, h->element[element].keep_alive_waiting;
    ENSURES_FIELDS_KEPT(h)
    ensures deadline: h->element[element].keep_alive_deadline == deadline;
    ensures waiting: h->element[element].keep_alive_waiting == waiting;
*/
static void write_keep_alive(struct handlespace *h, uint32_t element, uint64_t deadline,
                             uint32_t waiting)
{
    h->element[element].keep_alive_deadline = deadline;
    h->element[element].keep_alive_waiting = waiting;
}

void handlespace_set_keep_alive(struct handlespace *h, uint32_t element, uint64_t deadline,
                                bool waiting)
{
    write_keep_alive(h, element, deadline, waiting ? 1u : 0u);
    /*@ assert places: handlespace_places(h); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

/* Writes the number of reports. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].unreachable_reports;
    ENSURES_FIELDS_KEPT(h)
    ensures set: h->element[element].unreachable_reports == reports;
*/
static void write_unreachable_reports(struct handlespace *h, uint32_t element, uint32_t reports)
{
    h->element[element].unreachable_reports = reports;
}

void handlespace_set_unreachable_reports(struct handlespace *h, uint32_t element, uint32_t reports)
{
    write_unreachable_reports(h, element, reports);
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

/* Writes the identity. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].identity;
    ENSURES_FIELDS_KEPT(h)
    ensures set: h->element[element].identity == identity;
*/
static void write_identity(struct handlespace *h, uint32_t element, uint32_t identity)
{
    h->element[element].identity = identity;
}

void handlespace_set_identity(struct handlespace *h, uint32_t element, uint32_t identity)
{
    write_identity(h, element, identity);
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

/* Writes who claims to be the home. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].contested_by;
    ENSURES_FIELDS_KEPT(h)
    ensures set: h->element[element].contested_by == claimant;
*/
static void write_contested(struct handlespace *h, uint32_t element, uint32_t claimant)
{
    h->element[element].contested_by = claimant;
}

void handlespace_set_contested(struct handlespace *h, uint32_t element, uint32_t claimant)
{
    write_contested(h, element, claimant);
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}
