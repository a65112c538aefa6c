/* A decoded ASAP or ENRP message as a JSON tree, for people and tests.
 *
 * Member names are those of struct asap_message and struct enrp_message (gen/), which are the RFCs'.
 * Server and PE identifiers, PE checksums, policy types and cause codes are text such as
 * "0x0a0b0c03"; other numbers are numbers. A pool handle is written as spec/pool_handle.rl has it,
 * so that every byte can be told; other byte strings (cookies, cause-specific information, opaque
 * transports, policies of unknown type) are hexadecimal. What a message does not have is left out.
 *
 * Reads the message and the buffer it was decoded from, and changes neither.
 */
#ifndef POOLPROOF_NET_MESSAGE_REPORT_H
#define POOLPROOF_NET_MESSAGE_REPORT_H

#include <stdint.h>

#include <jansson.h>

#include "asap_wire.h"
#include "enrp_wire.h"

/* `message` was decoded from bytes[0 .. length). The caller owns the result (json_decref). Ends the
 * program, with a message, when memory runs out: only the command line tool reports messages. */
json_t *message_report_asap(const uint8_t *bytes, uint32_t length,
                            const struct asap_message *message);
json_t *message_report_enrp(const uint8_t *bytes, uint32_t length,
                            const struct enrp_message *message);

#endif
