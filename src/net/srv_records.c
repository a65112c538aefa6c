/* SRV records: see srv_records.h. */
#include "srv_records.h"

#include "text_host_name.h"

#include <stdlib.h>
#include <string.h>

#define FIXED_PART 6u /* priority, weight, port */
#define LABEL_MAX 63u

/* ---- names ---- */

static bool is_host_name(const char *text)
{
    uint8_t state = text_host_name_start();

    for (const char *at = text; *at != '\0'; at++)
        state = text_host_name_step(state, (uint8_t)*at);
    return text_host_name_final(state);
}

static bool stands_in_label(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static bool is_service_name(const char *text)
{
    size_t label = 0;

    for (const char *at = text; *at != '\0'; at++) {
        bool dot = *at == '.';
        if (dot ? label == 0 : !stands_in_label(*at) || label == LABEL_MAX)
            return false;
        label = dot ? 0 : label + 1;
    }
    return text[0] == '_' && label > 0;
}

bool domain_name_valid(const char *text, bool of_service)
{
    if (strlen(text) > DOMAIN_NAME_MAX)
        return false;
    return of_service ? is_service_name(text) : is_host_name(text);
}

/* ---- one record ---- */

/* Adds a label to the name in `text`; false when the name is longer than any, or a dot of the label's own would make
 * another name of it. */
static bool append_label(char text[DOMAIN_NAME_MAX + 1], size_t *used, const uint8_t *label,
                         size_t size)
{
    if (*used + 1 + size > DOMAIN_NAME_MAX || memchr(label, '.', size) != NULL)
        return false;
    if (*used > 0)
        text[(*used)++] = '.';
    memcpy(text + *used, label, size);
    *used += size;
    text[*used] = '\0';
    return true;
}

/* A name of labels that takes all of the bytes. A zero inside a label cuts the text short; what is left is no longer the
 * name that was sent, so it is refused. */
static bool read_name(const uint8_t *data, size_t length, char text[DOMAIN_NAME_MAX + 1])
{
    size_t used = 0;
    size_t at = 0;

    text[0] = '\0';
    while (at < length && data[at] != 0) {
        size_t size = data[at];
        if (size > LABEL_MAX || at + 1 + size >= length ||
            !append_label(text, &used, data + at + 1, size))
            return false;
        at += 1 + size;
    }
    return at + 1 == length && strlen(text) == used && (used == 0 || is_host_name(text));
}

static uint16_t word_at(const uint8_t *data)
{
    return (uint16_t)(data[0] * 256u + data[1]);
}

bool srv_record_read(const uint8_t *data, size_t length, struct srv_record *out)
{
    memset(out, 0, sizeof *out);
    if (length <= FIXED_PART)
        return false;
    out->priority = word_at(data);
    out->weight = word_at(data + 2);
    out->port = word_at(data + 4);
    return read_name(data + FIXED_PART, length - FIXED_PART, out->target) &&
           (out->port > 0 || out->target[0] == '\0');
}

/* ---- their order ---- */

static int compare_numbers(uint32_t a, uint32_t b)
{
    return a < b ? -1 : (a > b ? 1 : 0);
}

/* By priority; within one those without weight first, as RFC 2782 has it; the rest only makes the order one. */
static int compare(const void *first, const void *second)
{
    const struct srv_record *a = first;
    const struct srv_record *b = second;
    int result = compare_numbers(a->priority, b->priority);

    if (result == 0)
        result = compare_numbers(a->weight, b->weight);
    if (result == 0)
        result = strcmp(a->target, b->target);
    return result != 0 ? result : compare_numbers(a->port, b->port);
}

/* The next number of a sequence that the seed decides (splitmix64): fair enough to spread load. */
static uint64_t next_number(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Which of the first `count` records, all of one priority, is next: the first whose running sum of weights reaches a
 * number from 0 to the sum of all. */
static uint32_t choose(const struct srv_record *records, uint32_t count, uint64_t *state)
{
    uint64_t sum = 0;
    uint64_t running = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += records[i].weight;
    uint64_t chosen = next_number(state) % (sum + 1);
    for (uint32_t i = 0; i < count; i++) {
        running += records[i].weight;
        if (running >= chosen)
            return i;
    }
    return 0;
}

/* Moves a record to the front; those before it keep their order. */
static void move_to_front(struct srv_record *records, uint32_t index)
{
    struct srv_record moved = records[index];

    memmove(records + 1, records, index * sizeof *records);
    records[0] = moved;
}

void srv_records_order(struct srv_record *records, uint32_t count, uint64_t seed)
{
    uint32_t alike = 0;

    qsort(records, count, sizeof *records, compare);
    for (uint32_t i = 0; i < count; i++) {
        for (alike = 1; i + alike < count && records[i + alike].priority == records[i].priority;)
            alike++;
        move_to_front(records + i, choose(records + i, alike, &seed));
    }
}
