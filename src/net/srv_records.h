/* SRV records: reading one, and the order in which their targets are tried (RFC 2782).
 *
 * The bytes of a record come out of a DNS answer, so a stranger may have written them: what is read is bounded by
 * `length`, and a target is taken only when it is a host name (spec/host_name.rl). Pure: no look-up happens here.
 */
#ifndef POOLPROOF_NET_SRV_RECORDS_H
#define POOLPROOF_NET_SRV_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Records of one service that are looked at; those beyond are left out. */
#define SRV_RECORDS_MAX 16u

/* Characters of a domain name as text, without the final dot (RFC 1035, 2.3.4). */
#define DOMAIN_NAME_MAX 253u

struct srv_record {
    uint16_t priority; /* lower ones first */
    uint16_t weight;   /* among those of one priority: its share of chances to be the first */
    uint16_t port;
    char target[DOMAIN_NAME_MAX +
                1]; /* without the final dot; "": the service is decidedly not there */
};

/* Reads the data of one record, whose target is not compressed. False when it is none, when bytes are left over, or when
 * the target is no host name. */
bool srv_record_read(const uint8_t *data, size_t length, struct srv_record *out);

/* Brings records into the order in which they are to be tried: by priority, and within one by chance, heavier ones
 * sooner. The same records, however they were ordered before, and the same seed give the same order. */
void srv_records_order(struct srv_record *records, uint32_t count, uint64_t seed);

/* Whether a text is a domain name to ask for: labels of 1 to 63 letters, digits, hyphens and underscores, without the
 * final dot. Names of services begin with underscores, hosts do not. */
bool domain_name_valid(const char *text, bool of_service);

#endif
