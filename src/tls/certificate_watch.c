/* The counter of certificate_watch.h. */
#include "certificate_watch.h"

#define RECORD_ALERT 21u

/* A record is complete: count it. */
/*@ requires \valid(watch) && valid_watch(watch);
    terminates \true;
    exits \false;
    assigns watch->useless;
    ensures valid: valid_watch(watch);
*/
static void count_record(struct certificate_watch *watch)
{
    if ((watch->open != 0u || watch->header[0] == RECORD_ALERT) &&
        watch->useless <= CERTIFICATE_WATCH_MAX) {
        watch->useless++;
    }
}

/* One byte of a header; the last one tells the length of the record. */
/*@ requires \valid(watch) && valid_watch(watch);
    terminates \true;
    exits \false;
    assigns watch->header_length, watch->header[0 .. 4], watch->left;
    ensures valid: valid_watch(watch);
*/
static void take_header_byte(struct certificate_watch *watch, uint8_t byte)
{
    watch->header[watch->header_length] = byte;
    if (watch->header_length == 4u) {
        watch->header_length = 0;
        watch->left = watch->header[3] * 256u + watch->header[4];
    } else {
        watch->header_length++;
    }
}

/*@ requires \valid(watch) && valid_watch(watch);
    terminates \true;
    exits \false;
    assigns *watch;
    ensures valid: valid_watch(watch);
*/
static void take_byte(struct certificate_watch *watch, uint8_t byte)
{
    if (watch->left > 0u) {
        watch->left--;
    } else {
        take_header_byte(watch, byte);
    }
    if (watch->left == 0u && watch->header_length == 0u) {
        count_record(watch);
    }
}

bool certificate_watch_take(struct certificate_watch *watch, const uint8_t *bytes, uint32_t length)
{
    /*@ loop invariant 0 <= i <= length;
        loop invariant valid_watch(watch);
        loop assigns i, *watch;
        loop variant length - i;
    */
    for (uint32_t i = 0; i < length; i++) {
        take_byte(watch, bytes[i]);
    }
    return watch->useless <= CERTIFICATE_WATCH_MAX;
}

void certificate_watch_use(struct certificate_watch *watch)
{
    watch->useless = 0;
}
