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
    "      --check        only check the configuration and the files it names\n"
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
    const char *file = CONFIGURATION_DEFAULT_FILE;
    bool check = false;
    int option;

    while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            file = optarg;
            break;
        case 'k':
            check = true;
            break;
        case 'd':
            configuration_numbers(print_number);
            return EXIT_IN_ORDER;
        case 'h':
            fputs(usage, stdout);
            return EXIT_IN_ORDER;
        case 'v':
            printf("poolproofd %s\n", POOLPROOF_VERSION);
            return EXIT_IN_ORDER;
        default:
            return wrong_usage();
        }
    }
    if (optind < argc) {
        fprintf(stderr,
                "poolproofd: \"%s\" is not expected; the configuration file goes behind "
                "--config\n",
                argv[optind]);
        return wrong_usage();
    }
    return check ? daemon_check(file) : daemon_run(file);
}
