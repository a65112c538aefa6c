/* Why a PSK endpoint ended: one number for each reason, and its words. */
#ifndef POOLPROOF_TLS_PSK_REASON_H
#define POOLPROOF_TLS_PSK_REASON_H

#include <stdint.h>

enum psk_reason {
    PSK_REASON_NONE = 0,
    PSK_REASON_PEER_ALERT = 1,
    PSK_REASON_CLOSED_EARLY = 2,
    PSK_REASON_NO_TLS_RECORD = 3,
    PSK_REASON_NOT_AUTHENTIC = 4,
    PSK_REASON_UNEXPECTED = 5,
    PSK_REASON_MALFORMED = 6,
    PSK_REASON_TOO_LONG = 7,
    PSK_REASON_VERSION = 8,
    PSK_REASON_FALLBACK = 9,
    PSK_REASON_NO_SUITE = 10,
    PSK_REASON_NO_MASTER_SECRET = 11,
    PSK_REASON_SUITE_NOT_OFFERED = 12,
    PSK_REASON_GROUP_NOT_OFFERED = 13,
    PSK_REASON_BAD_SHARE = 14,
    PSK_REASON_FINISHED_WRONG = 15,
    PSK_REASON_NUISANCE = 16,
    PSK_REASON_RECORD_LIMIT = 17,
    PSK_REASON_NO_ROOM = 18,
    PSK_REASON_CERTIFICATE = 19,
    PSK_REASON_COUNT = 20
};

/* A constant English phrase for a reason, "" for PSK_REASON_NONE. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
*/
const char *psk_reason_text(uint32_t reason);

#endif
