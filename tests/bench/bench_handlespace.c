/* How fast the handlespace is, in memory: registrations, re-registrations, resolutions and deregistrations per
 * second of CPU time, at 10 to 100,000 elements, in one pool and in many (at most 1,000), and the memory of an element.
 *
 *   registration     find_pool, find_element, add_element, set_parameter, arm (add_pool for the first of a pool)
 *   fresh            the same, in the first round, while the pages are touched for the first time
 *   re-registration  find_pool, find_element, set_parameter, arm
 *   resolution       find_pool and three elements of the ring, their parameter lengths read
 *   deregistration   find_pool, find_element, remove_element
 *
 * PE identifiers are scattered, re-registrations and deregistrations come in another order than registrations.
 * Each figure is the median of the rounds. Prints a table; with --json FILE the same figures go to that file, too. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "../handlespace_check.h"
#include "registrar.h"

#define ROUNDS 7
#define OPERATIONS_AT_LEAST 20000u
#define PARAMETER_BYTES 64u
#define ITEMS 3u
#define POOLS_AT_MOST 1000u

/* What the registrar keeps of each element beside the handlespace. */
#define BOOKS_ELEMENT_BYTES                                                                        \
    (sizeof(((struct registrar_books *)NULL)->keep_alive_after[0]) +                               \
     sizeof(((struct registrar_books *)NULL)->reporter[0]))
#define ELEMENT_BYTES (HANDLESPACE_ELEMENT_BYTES + BOOKS_ELEMENT_BYTES)

enum figure { FRESH, REGISTER, REREGISTER, RESOLVE, DEREGISTER, FIGURES };
static const char *const figure_name[FIGURES] = {"fresh", "registration", "reregistration",
                                                 "resolution", "deregistration"};

struct run {
    uint32_t elements;
    uint32_t pools;
    uint32_t memory_per_element; /* bytes of pages touched, with parameter; 0: too few to tell */
    double per_second[FIGURES];
};

static struct handlespace *h;
static uint32_t *identifiers;
static struct {
    uint32_t length;
    uint8_t bytes[28];
} handles[POOLS_AT_MOST];
static uint64_t random_state = 88172645463325252u;
static volatile uint32_t sink;

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct handlespace *new_handlespace(void)
{
    static const uint8_t key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    void *memory = mmap(NULL, sizeof(struct handlespace), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    handlespace_init(memory, key, 1, HANDLESPACE_POOLS_MAX, HANDLESPACE_ELEMENTS_MAX, 0);
    return memory;
}

static uint64_t resident_bytes(void)
{
    uint64_t total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL)
        return 0;
    if (fscanf(f, "%" SCNu64 " %" SCNu64, &total, &resident) != 2)
        resident = 0;
    fclose(f);
    return resident * 4096u;
}

/* The handles are written once, so that the figures do not tell about snprintf. */
static void write_handles(void)
{
    for (uint32_t pool = 0; pool < POOLS_AT_MOST; pool++)
        handles[pool].length = (uint32_t)snprintf(
            (char *)handles[pool].bytes, sizeof handles[pool].bytes, "EchoPool-%" PRIu32, pool);
}

static uint32_t find(uint32_t pool)
{
    return handlespace_find_pool(h, handles[pool].bytes, handles[pool].length);
}

/* Element i of a round in another order. 7919 is prime and no factor of any element count used. */
static uint32_t shuffled(uint32_t i, uint32_t elements)
{
    return (uint32_t)((uint64_t)i * 7919u % elements);
}

static void register_one(uint32_t i, const struct run *r)
{
    static const uint8_t parameter[PARAMETER_BYTES] = {0, 10, 0, 64};
    uint32_t number = i % r->pools;
    uint32_t pool = find(number);
    if (pool == HANDLESPACE_NONE)
        pool = handlespace_add_pool(h, handles[number].bytes, handles[number].length, 1, 4, 0);
    uint32_t element = handlespace_find_element(h, pool, identifiers[i]);
    if (element == HANDLESPACE_NONE)
        element = handlespace_add_element(h, pool, identifiers[i], 1, 1);
    handlespace_set_parameter(h, element, parameter, PARAMETER_BYTES);
    handlespace_arm(h, element, 30000u + i);
}

static void resolve_one(const struct run *r)
{
    uint32_t pool = find(next_random() % r->pools);
    uint32_t element = handlespace_select_first(h, pool);
    for (uint32_t i = 0; i < ITEMS; i++) {
        sink += h->element[element].parameter_length;
        element = handlespace_ring_next(h, element);
    }
}

static void deregister_one(uint32_t i, const struct run *r)
{
    handlespace_remove_element(h, handlespace_find_element(h, find(i % r->pools), identifiers[i]));
}

static void operate(enum figure figure, uint32_t i, const struct run *r)
{
    if (figure == RESOLVE)
        resolve_one(r);
    else if (figure == DEREGISTER)
        deregister_one(shuffled(i, r->elements), r);
    else
        register_one(figure == REREGISTER ? shuffled(i, r->elements) : i, r);
}

static double measure(enum figure figure, const struct run *r)
{
    double start = now();
    for (uint32_t i = 0; i < r->elements; i++)
        operate(figure, i, r);
    return now() - start;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One round: everything registered, registered again, resolved, deregistered; small counts many times. */
static void round_of(const struct run *r, double seconds[FIGURES])
{
    uint32_t repeats = r->elements < OPERATIONS_AT_LEAST ? OPERATIONS_AT_LEAST / r->elements : 1;
    memset(seconds, 0, FIGURES * sizeof(double));
    for (uint32_t k = 0; k < repeats; k++)
        for (enum figure f = REGISTER; f <= DEREGISTER; f++)
            seconds[f] += measure(f, r) / repeats;
}

static void fresh(struct run *r)
{
    uint64_t before = resident_bytes();
    r->per_second[FRESH] = (double)r->elements / measure(FRESH, r);
    if (r->elements >= 10000)
        r->memory_per_element = (uint32_t)((resident_bytes() - before) / r->elements);
    if (!handlespace_check(h) || h->element_count != r->elements) {
        fprintf(stderr, "bench_handlespace: the handlespace is not valid\n");
        exit(1);
    }
    measure(DEREGISTER, r);
}

static void bench(struct run *r)
{
    double seconds[ROUNDS][FIGURES], column[ROUNDS];
    h = new_handlespace();
    for (uint32_t i = 0; i < r->elements; i++)
        identifiers[i] = i * 2654435761u ^ 0x5bd1e995u; /* looks random, and never twice the same */
    fresh(r);
    for (uint32_t k = 0; k < ROUNDS; k++)
        round_of(r, seconds[k]);
    for (enum figure f = REGISTER; f <= DEREGISTER; f++) {
        for (uint32_t k = 0; k < ROUNDS; k++)
            column[k] = seconds[k][f];
        qsort(column, ROUNDS, sizeof(double), compare);
        r->per_second[f] = (double)r->elements / column[ROUNDS / 2];
    }
    munmap(h, sizeof(struct handlespace));
}

static void print_table(const struct run *runs, uint32_t count)
{
    printf("handlespace, in memory, thousands per second of CPU time; an element takes %zu bytes "
           "beside its parameter,\n%zu in the handlespace and %zu in the registrar's books "
           "(pages: the handlespace's)\n%10s %6s",
           (size_t)ELEMENT_BYTES, (size_t)HANDLESPACE_ELEMENT_BYTES, (size_t)BOOKS_ELEMENT_BYTES,
           "elements", "pools");
    for (enum figure f = FRESH; f < FIGURES; f++)
        printf(" %14s", figure_name[f]);
    printf(" %14s\n", "pages/element");
    for (uint32_t i = 0; i < count; i++) {
        printf("%10" PRIu32 " %6" PRIu32, runs[i].elements, runs[i].pools);
        for (enum figure f = FRESH; f < FIGURES; f++)
            printf(" %14.0f", runs[i].per_second[f] / 1e3);
        printf(" %14" PRIu32 "\n", runs[i].memory_per_element);
    }
}

static void print_json(FILE *to, const struct run *runs, uint32_t count)
{
    fprintf(to,
            "{\"benchmark\": \"handlespace\", \"unit\": \"operations per CPU second\", "
            "\"bytes_per_element\": %zu, \"handlespace_bytes_per_element\": %zu, "
            "\"books_bytes_per_element\": %zu, \"items_per_resolution\": %u, \"runs\": [",
            (size_t)ELEMENT_BYTES, (size_t)HANDLESPACE_ELEMENT_BYTES, (size_t)BOOKS_ELEMENT_BYTES,
            ITEMS);
    for (uint32_t i = 0; i < count; i++) {
        fprintf(to,
                "%s\n {\"elements\": %" PRIu32 ", \"pools\": %" PRIu32
                ", \"resident_bytes_per_element\": %" PRIu32,
                i == 0 ? "" : ",", runs[i].elements, runs[i].pools, runs[i].memory_per_element);
        for (enum figure f = FRESH; f < FIGURES; f++)
            fprintf(to, ", \"%s\": %.0f", figure_name[f], runs[i].per_second[f]);
        fprintf(to, "}");
    }
    fprintf(to, "\n]}\n");
}

/* Leaves the figures in a file; says what was wrong when that does not go. */
static bool write_json(const char *path, const struct run *runs, uint32_t count)
{
    FILE *to = fopen(path, "w");
    bool written;

    if (to == NULL) {
        fprintf(stderr, "bench_handlespace: %s cannot be written: %s\n", path, strerror(errno));
        return false;
    }
    print_json(to, runs, count);
    written = ferror(to) == 0;
    if (fclose(to) != 0 || !written) {
        fprintf(stderr, "bench_handlespace: %s was not written whole: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct run runs[] = {
        {.elements = 10, .pools = 1},       {.elements = 1000, .pools = 1},
        {.elements = 10000, .pools = 1},    {.elements = 100000, .pools = 1},
        {.elements = 10, .pools = 10},      {.elements = 1000, .pools = 1000},
        {.elements = 10000, .pools = 1000}, {.elements = 100000, .pools = 1000},
    };
    const uint32_t count = sizeof runs / sizeof runs[0];
    if (argc != 1 && (argc != 3 || strcmp(argv[1], "--json") != 0)) {
        fprintf(stderr, "usage: bench_handlespace [--json FILE]\n");
        return 2;
    }
    identifiers = calloc(100000, sizeof *identifiers);
    if (identifiers == NULL)
        return 1;
    write_handles();
    for (uint32_t i = 0; i < count; i++)
        bench(&runs[i]);
    print_table(runs, count);
    free(identifiers);
    return argc == 1 || write_json(argv[2], runs, count) ? 0 : 1;
}
