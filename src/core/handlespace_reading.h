/* Reading the handlespace where a number found in it is used as an index or a length.
 *
 * The fields may be read directly (handlespace.h); but that a pool's number is in range, or a length within its
 * array, follows from the handlespace's invariant. These functions say so in their contracts, so that who works with
 * an abstract handlespace knows it, too. They write nothing.
 */
#ifndef POOLPROOF_CORE_HANDLESPACE_READING_H
#define POOLPROOF_CORE_HANDLESPACE_READING_H

#include "handlespace.h"

/* The pool an element is in. */
/*@ requires valid: \valid_read(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures pool: \result == h->element[element].pool;
    ensures range: \result < HANDLESPACE_POOLS_MAX;
*/
uint32_t handlespace_pool_of(const struct handlespace *h, uint32_t element);

/* Bytes of a pool's handle. */
/*@ requires valid: \valid_read(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures length: \result == h->pool[pool].handle_length;
    ensures range: \result <= POOL_HANDLE_MAX;
*/
uint32_t handlespace_handle_length(const struct handlespace *h, uint32_t pool);

/* Bytes of an element's encoded Pool Element parameter. */
/*@ requires valid: \valid_read(h);
    requires handlespace: valid_handlespace(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures length: \result == h->element[element].parameter_length;
    ensures range: \result <= ELEMENT_PARAMETER_MAX;
*/
uint32_t handlespace_parameter_length(const struct handlespace *h, uint32_t element);

/* Some element of a pool: the one whose turn it is, HANDLESPACE_NONE when the pool is empty. */
/*@ requires valid: \valid_read(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures member: \result != HANDLESPACE_NONE ==> handlespace_element_used(h, \result);
*/
uint32_t handlespace_member(const struct handlespace *h, uint32_t pool);

#endif
