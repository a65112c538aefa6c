/* What an error of BearSSL's engine means: an alert for the peer (RFC 5246, 7.2.2), a sentence
 * for the log, and a class for the caller. Pure tables. */
#ifndef POOLPROOF_TLS_CERTIFICATE_ALERTS_H
#define POOLPROOF_TLS_CERTIFICATE_ALERTS_H

#include <stdbool.h>
#include <stdint.h>

/* Our own error beyond BearSSL's: too many records without use (certificate_watch.h). */
#define CERTIFICATE_ERROR_NUISANCE 96

/* The alert for error `error` (br_ssl_engine_last_error); internal_error (80) if it is unknown. */
uint8_t certificate_alert(int error);

/* True when no alert of ours may follow: the peer sent one, or the engine has sent its own. */
bool certificate_alert_is_done(int error);

/* True when the peer broke off with an alert. */
bool certificate_error_is_from_peer(int error);

/* The phrase; static. */
const char *certificate_error_text(int error);

/* True when the error is about the server's certificate, as a client sees it. */
bool certificate_error_is_identity(int error);

#endif
