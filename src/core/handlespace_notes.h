/* What adding an element needs of the notes, and nobody else uses. See handlespace_notes.c. */
#ifndef POOLPROOF_CORE_HANDLESPACE_NOTES_H
#define POOLPROOF_CORE_HANDLESPACE_NOTES_H

#include "handlespace_frames.h"

/* The notes of an element that is new: nothing known, no channel. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].channel, h->element[element].unreachable_reports,
            h->element[element].keep_alive_waiting, h->element[element].keep_alive_deadline,
            h->element[element].expiry;
    ensures kept: handlespace_kept{Pre, Post}(h);
    ensures channel: h->element[element].channel == HANDLESPACE_NO_CHANNEL;
    ensures reports: h->element[element].unreachable_reports == 0;
    ensures waiting: h->element[element].keep_alive_waiting == 0;
*/
void handlespace_clear_notes(struct handlespace *h, uint32_t element);

#endif
