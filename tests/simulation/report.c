/* The figures of all worlds together: see simulation.h. */
#include "simulation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static double at_permille(const struct figures *f, uint32_t permille)
{
    uint32_t last = f->samples - 1u;

    return f->samples == 0 ? 0.0 : (double)f->converged[(uint64_t)last * permille / 1000u] / 1000.0;
}

static void report_faults(const struct figures *f)
{
    printf("faults:");
    for (uint32_t kind = 0; kind < FAULT_KINDS; kind++)
        printf("%s %s %" PRIu64, kind == 0 ? "" : ",", fault_names[kind], f->faults[kind]);
    printf("\n");
}

void report_figures(struct figures *f, double cpu_seconds)
{
    double hours = (double)f->simulated_ms / 3600000.0;
    double cpu = cpu_seconds > 0.0 ? cpu_seconds : 1e-9;

    qsort(f->converged, f->samples, sizeof f->converged[0], by_size);
    printf("worlds %" PRIu64
           ", simulated %.1f hours (%.3f years) in %.1f CPU seconds: %.0f hours in a CPU "
           "hour\n",
           f->worlds, hours, hours / 8766.0, cpu_seconds, hours * 3600.0 / cpu);
    printf("steps %" PRIu64 " (%.0f a second), messages %" PRIu64 ", audit records %" PRIu64 "\n",
           f->events, (double)f->events / cpu, f->messages, f->audits);
    report_faults(f);
    printf("takeovers %" PRIu64 ", begun anew %" PRIu64 ", yielded %" PRIu64 ", contested %" PRIu64
           ", purged %" PRIu64 ", tables %" PRIu64 "\n",
           f->takeovers, f->restarts, f->yielded, f->contested, f->purged, f->tables);
    printf("well again after healing: p50 %.1f s, p99 %.1f s, most %.1f s (%u worlds)\n",
           at_permille(f, 500u), at_permille(f, 990u), at_permille(f, 1000u), f->samples);
    printf("live elements that a hostile registrar keeps out by the policy of their pool "
           "(spec/enrp-resync.md, Limits): %" PRIu64 "\n",
           f->poisoned);
    printf("live elements that no registrar had: %" PRIu64 " times, %.1f s in all, %" PRIu64
           " while their home served, %" PRIu64
           " for more than half of T4, longest %.1f s (seed %" PRIu64 ")\n",
           f->lost_elements, (double)f->lost_ms / 1000.0, f->lost_at_home, f->lost_long,
           (double)f->lost_max / 1000.0, f->lost_max_seed);
}
