/* The simulation's program: seeds, options, and what came of it. See simulation.h.
 *
 * Usage: simulation [--first N] [--seeds N] [--seed N] [--hours H] [--registrars N] [--elements N] [--users N]
 *                   [--units N] [--rfc] [--literal] [--calm] [--stop] [--quiet]
 * --calm leaves all clients alone, and no registrar loses its memory: what is lost then is the protocol's fault.
 * --seed tells the story of one seed (with --quiet only its end); --stop ends at the first failure; --hours runs seeds from the first on for so many hours of CPU time.
 * The last line is 'N passed, N failed': worlds. */
#include "simulation.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct plan {
    uint64_t first;
    uint64_t seeds;
    double hours;
    bool stop; /* at the first world that fails */
    struct options options;
};

static const struct option long_options[] = {{"first", required_argument, NULL, 'f'},
                                             {"seeds", required_argument, NULL, 'n'},
                                             {"seed", required_argument, NULL, 's'},
                                             {"hours", required_argument, NULL, 'h'},
                                             {"registrars", required_argument, NULL, 'r'},
                                             {"elements", required_argument, NULL, 'e'},
                                             {"users", required_argument, NULL, 'u'},
                                             {"units", required_argument, NULL, 't'},
                                             {"rfc", no_argument, NULL, 'R'},
                                             {"literal", no_argument, NULL, 'l'},
                                             {"quiet", no_argument, NULL, 'q'},
                                             {"stop", no_argument, NULL, 'x'},
                                             {"calm", no_argument, NULL, 'c'},
                                             {NULL, 0, NULL, 0}};

static bool take_option(struct plan *p, int option)
{
    uint32_t number = optarg != NULL ? (uint32_t)strtoul(optarg, NULL, 10) : 0;

    switch (option) {
    case 'f':
        p->first = strtoull(optarg, NULL, 10);
        return true;
    case 'n':
        p->seeds = strtoull(optarg, NULL, 10);
        return true;
    case 's':
        p->first = strtoull(optarg, NULL, 10);
        p->seeds = 1;
        p->options.story = true;
        return true;
    case 'h':
        p->hours = strtod(optarg, NULL);
        p->seeds = UINT64_MAX;
        return true;
    case 'r':
        p->options.registrars = number;
        return number >= 2u && number <= SIM_REGISTRARS_MAX;
    case 'e':
        p->options.elements = number;
        return number >= 1u && number <= SIM_ELEMENTS_MAX;
    case 'u':
        p->options.users = number;
        return number <= SIM_USERS_MAX;
    case 't':
        p->options.units = number;
        return number >= 1u;
    case 'R':
        return p->options.rfc_timers = true;
    case 'l':
        return p->options.literal = true;
    case 'c':
        return p->options.calm = true;
    case 'x':
        return p->stop = true;
    case 'q':
        p->options.story = false;
        return true;
    default:
        return false;
    }
}

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void tell_world(const struct world *w, bool good)
{
    if (!good)
        printf("seed %" PRIu64 ": %s (at %.1f s, trace %016" PRIx64 ")\n", w->seed, w->violation,
               (double)w->now / 1000.0, w->hash);
    else if (w->options->story)
        printf("seed %" PRIu64 ": well; trace %016" PRIx64 "\n", w->seed, w->hash);
}

static uint64_t run_all(const struct plan *p, struct figures *f)
{
    struct world *w = world_new();
    uint64_t sum = 0;

    for (uint64_t n = 0; n < p->seeds; n++) {
        if (p->hours > 0.0 && cpu_seconds() > p->hours * 3600.0)
            break;
        bool good = world_run(w, p->first + n, &p->options, f);
        sum = (sum ^ w->hash) * 0x100000001b3u;
        tell_world(w, good);
        fflush(stdout);
        if (p->stop && !good)
            break;
    }
    return sum;
}

int main(int argc, char **argv)
{
    static struct figures figures;
    struct plan plan = {.first = 1, .seeds = 100};
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        if (!take_option(&plan, option)) {
            fprintf(stderr, "simulation: see the beginning of tests/simulation/main.c for usage\n");
            return 2;
        }
    uint64_t sum = run_all(&plan, &figures);
    printf("seeds %" PRIu64 " to %" PRIu64 ", %s timers%s%s, trace of all %016" PRIx64 "\n",
           plan.first, plan.first + figures.worlds - 1u, plan.options.rfc_timers ? "RFC" : "fast",
           plan.options.literal ? ", literal" : "", plan.options.calm ? ", calm" : "", sum);
    report_figures(&figures, cpu_seconds());
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n", figures.worlds - figures.failed,
           figures.failed);
    return figures.failed > 0;
}
