/* The words for the reasons of psk_reason.h, as an operator reads them in the log. */
#include "psk_reason.h"

const char *psk_reason_text(uint32_t reason)
{
    static const char *const text[PSK_REASON_COUNT] = {
        "",
        "the peer sent a fatal alert",
        "the peer closed the connection before the handshake was over",
        "what came is not a TLS 1.2 record of allowed type and length",
        "a record is not authentic: wrong key, unknown identity, or changed on the way",
        "a message came out of order",
        "a message is malformed",
        "a handshake message is too long",
        "the peer wants another version than TLS 1.2",
        "the peer fell back to a lower version without need",
        "no suite and group in common",
        "the peer does not use the extended master secret",
        "the server chose a suite that was not offered",
        "the server chose a group that was not offered",
        "the peer's public share is not valid",
        "the peer's Finished does not match: wrong key, or a changed handshake",
        "too many messages without use",
        "the keys have protected as many records as they may",
        "no room to answer: the peer does not read",
    };
    return reason < PSK_REASON_COUNT ? text[reason] : "";
}
