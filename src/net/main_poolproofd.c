/* poolproofd: the registrar as a daemon. Only the command line is read here; see daemon.h. */
#include "configuration.h"
#include "daemon.h"
#include "version.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: poolproofd [--config FILE] [--check | --defaults]\n"
    "Keeps the handlespace of pool elements and answers pool users (RSerPool, RFC 5352).\n"
    "\n"
    "  -c, --config FILE  configuration (" CONFIGURATION_DEFAULT_FILE "); see poolproofd.conf(5)\n"
    "      --check        only check the configuration, and the files and users it names\n"
    "      --defaults     list the numeric keys with their defaults and ranges\n"
    "      --help         this text\n"
    "      --version      version\n"
    "\n"
    "SIGHUP reads keys, certificates and configuration again; SIGTERM closes connections in order\n"
    "and ends. Exit codes: 0 in order, 1 could not run, 2 bad command line or configuration.\n";

static void print_number(const char *name, uint32_t least, uint32_t most, uint32_t usual)
{
    printf("%s = %u # %u to %u\n", name, usual, least, most);
}

/* What the command line asks for. */
struct request {
    const char *file;
    bool check;
    bool answered; /* all is said already */
};

static void print_and_be_done(struct request *request, const char *text)
{
    fputs(text, stdout);
    request->answered = true;
}

static bool take_option(struct request *request, int option)
{
    switch (option) {
    case 'c':
        request->file = optarg;
        return true;
    case 'k':
        request->check = true;
        return true;
    case 'd':
        configuration_numbers(print_number);
        request->answered = true;
        return true;
    case 'h':
        print_and_be_done(request, usage);
        return true;
    case 'v':
        print_and_be_done(request, "poolproofd " POOLPROOF_VERSION "\n");
        return true;
    default:
        return false;
    }
}

static int wrong_usage(void)
{
    fprintf(stderr, "Try 'poolproofd --help'.\n");
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"check", no_argument, NULL, 'k'},
        {"defaults", no_argument, NULL, 'd'},     {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},      {NULL, 0, NULL, 0}};
    struct request request = {.file = CONFIGURATION_DEFAULT_FILE};
    int option;

    while (!request.answered && (option = getopt_long(argc, argv, "c:", options, NULL)) != -1)
        if (!take_option(&request, option))
            return wrong_usage();
    if (request.answered)
        return EXIT_IN_ORDER;
    if (optind < argc) {
        fprintf(stderr,
                "poolproofd: \"%s\" is not expected; the configuration file goes behind --config\n",
                argv[optind]);
        return wrong_usage();
    }
    return request.check ? daemon_check(request.file) : daemon_run(request.file);
}
