/* The words for the reasons of psk_reason.h, as an operator reads them in the log. */
#include "psk_reason.h"

const char *psk_reason_text(uint32_t reason)
{
    switch (reason) {
    case PSK_REASON_PEER_ALERT:
        return "the peer sent a fatal alert";
    case PSK_REASON_CLOSED_EARLY:
        return "the peer closed the connection before the handshake was over";
    case PSK_REASON_NO_TLS_RECORD:
        return "what came is not a TLS 1.2 record of allowed type and length";
    case PSK_REASON_NOT_AUTHENTIC:
        return "a record is not authentic: wrong key, unknown identity, or changed on the way";
    case PSK_REASON_UNEXPECTED:
        return "a message came out of order";
    case PSK_REASON_MALFORMED:
        return "a message is malformed";
    case PSK_REASON_TOO_LONG:
        return "a handshake message is too long";
    case PSK_REASON_VERSION:
        return "the peer wants another version than TLS 1.2";
    case PSK_REASON_FALLBACK:
        return "the peer fell back to a lower version without need";
    case PSK_REASON_NO_SUITE:
        return "no suite and group in common";
    case PSK_REASON_NO_MASTER_SECRET:
        return "the peer does not use the extended master secret";
    case PSK_REASON_SUITE_NOT_OFFERED:
        return "the server chose a suite that was not offered";
    case PSK_REASON_GROUP_NOT_OFFERED:
        return "the server chose a group that was not offered";
    case PSK_REASON_BAD_SHARE:
        return "the peer's public share is not valid";
    case PSK_REASON_FINISHED_WRONG:
        return "the peer's Finished does not match: wrong key, or a changed handshake";
    case PSK_REASON_NUISANCE:
        return "too many messages without use";
    case PSK_REASON_RECORD_LIMIT:
        return "the keys have protected as many records as they may";
    case PSK_REASON_NO_ROOM:
        return "no room to answer: the peer does not read";
    case PSK_REASON_CERTIFICATE:
        return "the server's certificate is not trusted, not for its name, or not fit to encrypt";
    default:
        return "";
    }
}
