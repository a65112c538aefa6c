/* Counts records that bring nothing, for the certificate engine: BearSSL bears any number of
 * warning alerts, empty records and attempts to renegotiate, and a peer could keep it busy with
 * them for ever.
 *
 * It sees the bytes of the wire go by and follows the record headers (RFC 5246, 6.2.1), which are
 * readable also when the contents are not. Pure; one structure of a few bytes a connection.
 */
#ifndef POOLPROOF_TLS_CERTIFICATE_WATCH_H
#define POOLPROOF_TLS_CERTIFICATE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/* So many records without use in a row are borne: the same as for pre-shared keys. */
#define CERTIFICATE_WATCH_MAX 8u

struct certificate_watch {
    uint8_t open; /* 1: the handshake is over, and every record counts; else only alerts do */
    uint8_t header_length; /* bytes of a header seen, 0 .. 4 */
    uint8_t header[5];
    uint32_t left;    /* bytes of the record still to come */
    uint32_t useless; /* records counted since the last use */
};

/*@ predicate valid_watch{L}(struct certificate_watch *w) =
      w->header_length <= 4 && w->left <= 65535 && w->useless <= CERTIFICATE_WATCH_MAX + 1;
*/

/* Follows `length` bytes from the peer. False once more than CERTIFICATE_WATCH_MAX records went by
 * without certificate_watch_use. A structure of zeroes is one that has seen nothing. */
/*@ requires \valid(watch) && valid_watch(watch);
    requires \valid_read(bytes + (0 .. length - 1));
    requires \separated(watch, bytes + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns *watch;
    ensures valid: valid_watch(watch);
    ensures judged: \result == true <==> watch->useless <= CERTIFICATE_WATCH_MAX;
*/
bool certificate_watch_take(struct certificate_watch *watch, const uint8_t *bytes, uint32_t length);

/* Application data came: start to count again. */
/*@ requires \valid(watch) && valid_watch(watch);
    terminates \true;
    exits \false;
    assigns watch->useless;
    ensures valid: valid_watch(watch);
    ensures none: watch->useless == 0;
*/
void certificate_watch_use(struct certificate_watch *watch);

#endif
