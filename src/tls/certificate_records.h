/* Record classes derived from BearSSL's own, through its documented extension points
 * (br_ssl_engine_set_cbc, _gcm, _chapol), for two things that library 0.6 lacks:
 *
 * 1. CBC records whose length is no multiple of the block: BearSSL's length check lets them pass,
 *    and its decryption then reads and writes up to 15 bytes past the input buffer, at the wish of
 *    any peer. The derived class refuses them.
 * 2. A last alert. When an engine fails it falls silent (RFC 5246, 7.2.2 demands an alert). A
 *    derived class sees where the engine put its outgoing record context, so that one more record,
 *    the alert, can be sealed with it.
 */
#ifndef POOLPROOF_TLS_CERTIFICATE_RECORDS_H
#define POOLPROOF_TLS_CERTIFICATE_RECORDS_H

#include <bearssl.h>
#include <stddef.h>
#include <stdint.h>

/* Room for one sealed alert: header 5, IV 16, alert 2, MAC 20 and padding. */
#define CERTIFICATE_ALERT_ROOM 128u

/* Where an engine keeps its outgoing record context; NULL while records go out in clear. */
typedef const br_sslrec_out_class **certificate_out_context;

/* BearSSL's classes for outgoing records, with another `init`. */
struct certificate_record_classes {
    br_sslrec_out_cbc_class cbc;
    br_sslrec_out_gcm_class gcm;
    br_sslrec_out_chapol_class chapol;
};

/* Fills `classes` and installs them, and the guarded class for incoming CBC. Call it after the
 * engine's ciphers are set and before its reset; `classes` has to live as long as the engine. */
void certificate_records_install(br_ssl_engine_context *engine,
                                 struct certificate_record_classes *classes);

/* The outgoing record context that an engine set up on this thread since the last call, or NULL.
 * Call it after each call into an engine, and keep what it gives with that engine: it stays
 * valid, inside the engine, until the engine is reset. */
certificate_out_context certificate_records_taken(void);

/* Writes a fatal alert record to `room`, sealed when `out` is not NULL. Gives its first byte within
 * `room`, and its length at `length`. */
const uint8_t *certificate_records_alert(certificate_out_context out, uint8_t description,
                                         uint8_t room[CERTIFICATE_ALERT_ROOM], size_t *length);

#endif
