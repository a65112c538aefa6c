/* What the handlespace's own files share, and nobody else uses. See handlespace.h. */
#ifndef POOLPROOF_CORE_HANDLESPACE_INTERNAL_H
#define POOLPROOF_CORE_HANDLESPACE_INTERNAL_H

#include "handlespace.h"

/* Counts are for whoever reads them: nothing in the handlespace depends on them. So they stop at their ends
 * instead of burdening the invariant with sums; the tests compare them with what there
 * is (tests/handlespace_check.h). */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures up: count < 4294967295 ==> \result == count + 1;
*/
static inline uint32_t count_up(uint32_t count)
{
    return count < UINT32_MAX ? count + 1u : count;
}

/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures down: count > 0 ==> \result == count - 1;
*/
static inline uint32_t count_down(uint32_t count)
{
    return count > 0 ? count - 1u : 0;
}

/* A step of an addition or a removal: all is valid, but what element e adds to the PE checksum need not be what its
 * home demands. */
/*@ predicate handlespace_owned_except(struct handlespace *h, integer e) =
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
         h->element[i].block <= PE_CHECKSUM_BLOCK_MAX) &&
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != e && ELEMENT_USED(h, i) ==>
         h->element[i].owned_block == (h->element[i].home == h->own_server ? h->element[i].block : 0)) &&
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != e && !ELEMENT_USED(h, i) ==>
         h->element[i].owned_block == 0);

    predicate valid_handlespace_except(struct handlespace *h, integer e) =
      handlespace_places(h) && valid_selection(&h->selection) && valid_timer_wheel(&h->wheel) &&
      handlespace_pools(h) && handlespace_elements(h) && handlespace_owned_except(h, e) &&
      handlespace_sum(h);
*/

/* The chain a pool handle belongs into. */
/*@ requires valid: \valid_read(h);
    requires handle: length > 0 ==> \valid_read(handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures chain: \result < HANDLESPACE_CHAINS;
*/
uint32_t handlespace_pool_chain(const struct handlespace *h, const uint8_t *handle,
                                uint32_t length);

/* The chain an element belongs into. */
/*@ requires valid: \valid_read(h);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures chain: \result < HANDLESPACE_CHAINS;
*/
uint32_t handlespace_element_chain(const struct handlespace *h, uint32_t pool,
                                   uint32_t pe_identifier);

/* Removes a pool if it has no element. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->pool_chains, h->pool_count;
    ensures handlespace: valid_handlespace(h);
*/
void handlespace_drop_empty_pool(struct handlespace *h, uint32_t pool);

/* Makes `block` what the element adds to the PE checksum. */
/*@ requires valid: \valid(h);
    requires sum: handlespace_sum(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    requires block: block <= PE_CHECKSUM_BLOCK_MAX;
    terminates \true;
    exits \false;
    assigns h->owned_sum, h->element[element].owned_block;
    ensures sum: handlespace_sum(h);
    ensures block: h->element[element].owned_block == block;
    ensures changed: h->owned_sum == \old(h->owned_sum) - \old(h->element[element].owned_block) + block;
*/
void handlespace_account(struct handlespace *h, uint32_t element, uint32_t block);

#endif
