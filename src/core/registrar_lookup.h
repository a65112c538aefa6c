/* Finding the element a request speaks of. Internal to the registrar; only reads. */
#ifndef POOLPROOF_CORE_REGISTRAR_LOOKUP_H
#define POOLPROOF_CORE_REGISTRAR_LOOKUP_H

#include "registrar_request.h"

/* The element with the request's pool handle and PE identifier, or HANDLESPACE_NONE. */
/*@ requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures used: \result != HANDLESPACE_NONE ==>
      \result < HANDLESPACE_ELEMENTS_MAX && handlespace_element_used(h, \result);
*/
uint32_t registrar_find(const struct handlespace *h, const struct registrar_request *q,
                        const uint8_t *bytes);

#endif
