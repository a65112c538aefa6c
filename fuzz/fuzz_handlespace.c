/* Any sequence of changes to a handlespace, read from bytes: three bytes a step (what to do, which pool, which element).
 * A model of one table beside it says which elements there must be. After the last step, and every 64, the handlespace
 * must pass its own full check, and hold exactly the elements of the model.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tests/handlespace_check.h"
#include "handlespace.h"
#include "zeroed_memory.h"

#define POOLS 8u
#define IDENTIFIERS 32u
#define OURS 1u
#define CAPACITY 100u /* below POOLS * IDENTIFIERS: running full is part of the game */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct model {
    uint32_t count;
    uint8_t present[POOLS][IDENTIFIERS];
    uint32_t home[POOLS][IDENTIFIERS];
};

static const uint8_t handles[POOLS][12] = {"",      "a",     "ab",       "abc",
                                           "PoolA", "PoolB", "EchoPool", "PingPongPoo"};
static struct handlespace *h;
static uint64_t now;

static void expect(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_handlespace: %s does not hold\n", what);
    abort();
}

static uint32_t length_of(uint32_t p)
{
    return (uint32_t)strlen((const char *)handles[p]);
}

static uint32_t pool_of(uint32_t p)
{
    return handlespace_find_pool(h, handles[p], length_of(p));
}

static uint32_t element_of(uint32_t p, uint32_t id)
{
    uint32_t pool = pool_of(p);
    return pool == HANDLESPACE_NONE ? pool : handlespace_find_element(h, pool, id);
}

static void add(struct model *m, uint32_t p, uint32_t id)
{
    uint32_t pool = pool_of(p);
    if (m->present[p][id])
        return;
    if (pool == HANDLESPACE_NONE)
        pool = handlespace_add_pool(h, handles[p], length_of(p), 1, 4, 0);
    expect(pool != HANDLESPACE_NONE, "a pool has a place");
    uint32_t element = handlespace_add_element(h, pool, id, id, OURS);
    expect((element == HANDLESPACE_NONE) == (m->count == CAPACITY),
           "an element has a place unless all are taken");
    if (element == HANDLESPACE_NONE)
        return;
    m->present[p][id] = 1;
    m->home[p][id] = OURS;
    m->count++;
}

static void forget(struct model *m, uint32_t p, uint32_t id)
{
    expect(m->present[p][id], "what is removed is there");
    m->present[p][id] = 0;
    m->count--;
}

static void select_round(const struct model *m, uint32_t p)
{
    uint32_t pool = pool_of(p);
    uint8_t seen[IDENTIFIERS] = {0};
    if (pool == HANDLESPACE_NONE)
        return;
    for (uint32_t i = 0; i < h->pool[pool].element_count; i++) {
        uint32_t element = handlespace_select_first(h, pool);
        uint32_t id = h->element[element].pe_identifier;
        expect(m->present[p][id] && !seen[id], "n selections give n different elements");
        seen[id] = 1;
    }
}

static void set_parameter(uint32_t element, uint32_t length)
{
    static uint8_t tlv[2 * ELEMENT_PARAMETER_MAX];
    memset(tlv, (int)(length % 251), sizeof tlv);
    expect(handlespace_set_parameter(h, element, tlv, length) == (length <= ELEMENT_PARAMETER_MAX),
           "a parameter is kept when it fits");
}

/* Time goes on; what is due must have been armed with a deadline in the past. */
static void pass_time(struct model *m, uint32_t milliseconds)
{
    now += milliseconds;
    uint32_t element = handlespace_due(h, now);
    if (element == HANDLESPACE_NONE)
        return;
    expect(handlespace_element_in_use(h, element), "what is due is an element");
    expect(h->wheel.deadline[element] <= now, "nothing is due early");
    const struct handlespace_pool *pool = &h->pool[h->element[element].pool];
    for (uint32_t p = 0; p < POOLS; p++)
        if (pool->handle_length == length_of(p) &&
            memcmp(pool->handle, handles[p], pool->handle_length) == 0)
            forget(m, p, h->element[element].pe_identifier);
    handlespace_remove_element(h, element);
}

static void change(struct model *m, uint8_t what, uint32_t p, uint32_t id, uint32_t value)
{
    uint32_t element = element_of(p, id);
    expect((element != HANDLESPACE_NONE) == (m->present[p][id] == 1), "found exactly when there");
    if (element == HANDLESPACE_NONE)
        return;
    if (what == 3) {
        handlespace_remove_element(h, element);
        forget(m, p, id);
    } else if (what == 4) {
        handlespace_set_home(h, element, value % 3);
        m->home[p][id] = value % 3;
    } else if (what == 5) {
        handlespace_arm(h, element, now + value * 997u);
    } else if (what == 6) {
        handlespace_disarm(h, element);
    } else {
        set_parameter(element, value * 2u);
    }
}

static void step(struct model *m, const uint8_t *bytes)
{
    uint32_t p = bytes[1] % POOLS;
    uint32_t id = bytes[2] % IDENTIFIERS;
    uint8_t what = bytes[0] % 10;
    if (what <= 2)
        add(m, p, id);
    else if (what <= 7)
        change(m, what, p, id, bytes[0]);
    else if (what == 8)
        select_round(m, p);
    else
        pass_time(m, bytes[1] * 256u + bytes[2]);
}

static void check(const struct model *m)
{
    uint64_t sum = 0;
    expect(handlespace_check(h), "the handlespace is valid");
    expect(h->element_count == m->count, "the count");
    for (uint32_t p = 0; p < POOLS; p++)
        for (uint32_t id = 0; id < IDENTIFIERS; id++) {
            uint32_t element = element_of(p, id);
            expect((element != HANDLESPACE_NONE) == (m->present[p][id] == 1),
                   "the model's elements");
            if (element == HANDLESPACE_NONE || m->home[p][id] != OURS)
                continue;
            sum += pe_checksum_handle(handles[p], length_of(p)) + pe_checksum_identifier(id);
        }
    expect(handlespace_checksum(h) == pe_checksum_of_sum(sum), "the PE checksum, made anew");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[16] = {1, 2, 3};
    struct model m;
    memset(&m, 0, sizeof m);
    now = 0;
    h = zeroed_memory(sizeof *h);
    handlespace_init(h, key, OURS, POOLS, CAPACITY, now);
    for (size_t i = 0; i + 3 <= size; i += 3) {
        step(&m, data + i);
        if (i % 192 == 0)
            check(&m);
    }
    check(&m);
    return 0;
}
