/* Fuzzes the reader of SRV records (srv_records.h) and the order of what was read: the input is cut into records, each
 * with its length in one byte before it. What is accepted names a host and says the same when it is written again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "srv_records.h"

#define RECORD_MAX 300u

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* The bytes that a record was read from, made of what was read. */
static size_t write_record(const struct srv_record *r, uint8_t bytes[RECORD_MAX])
{
    const uint16_t words[] = {r->priority, r->weight, r->port};
    const char *label = r->target;
    size_t at = 0;

    for (size_t i = 0; i < 3; i++) {
        bytes[at++] = (uint8_t)(words[i] / 256u);
        bytes[at++] = (uint8_t)(words[i] % 256u);
    }
    while (*label != '\0') {
        size_t size = strcspn(label, ".");
        demand(size >= 1 && size <= 63);
        bytes[at++] = (uint8_t)size;
        memcpy(bytes + at, label, size);
        at += size;
        label += size + (label[size] == '.' ? 1u : 0u);
    }
    bytes[at++] = 0;
    return at;
}

static bool take(const uint8_t *data, size_t length, struct srv_record *r)
{
    uint8_t bytes[RECORD_MAX];

    if (!srv_record_read(data, length, r))
        return false;
    demand(strlen(r->target) <= DOMAIN_NAME_MAX);
    demand(r->target[0] == '\0' || (r->port > 0 && domain_name_valid(r->target, false)));
    demand(write_record(r, bytes) == length && memcmp(bytes, data, length) == 0);
    return true;
}

static uint64_t sum(const struct srv_record *records, uint32_t count)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += (uint64_t)records[i].weight * 65536u + records[i].port;
    return sum;
}

static void order(struct srv_record *records, uint32_t count, uint64_t seed)
{
    uint64_t before = sum(records, count);

    srv_records_order(records, count, seed);
    demand(sum(records, count) == before);
    for (uint32_t i = 1; i < count; i++)
        demand(records[i - 1].priority <= records[i].priority);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct srv_record records[SRV_RECORDS_MAX] = {0};
    uint32_t count = 0;
    size_t at = 0;

    while (at < size && count < SRV_RECORDS_MAX) {
        size_t length = data[at++];
        if (length > size - at)
            length = size - at;
        if (take(data + at, length, &records[count]))
            count++;
        at += length;
    }
    order(records, count, size);
    return 0;
}
