/* poolproof: the tools around a pool, one command each. Only the command's name is read here, and
 * seen to at the end that what was printed has arrived.
 */
#include "client_options.h"
#include "command_decode.h"
#include "command_keygen.h"
#include "commands.h"
#include "version.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
} commands[] = {{"pe", command_pe, "register a service as a pool element, and keep it registered"},
                {"resolve", command_resolve, "print the elements of a pool"},
                {"connect", command_connect, "connect standard input and output to an element"},
                {"proxy", command_proxy, "give TCP clients a pool instead of a server"},
                {"status", command_admin, "what the daemon of this machine does"},
                {"pools", command_admin, "the pools it holds"},
                {"elements", command_admin, "the pool elements it holds"},
                {"peers", command_admin, "the other registrars of its group"},
                {"watch", command_watch, "what changes there, as it changes"},
                {"keygen", command_keygen, "make keys and add identities to a key file"},
                {"decode", command_decode, "print an ASAP or ENRP message"}};

static void print_help(FILE *out)
{
    fputs("usage: poolproof COMMAND [OPTION...]\n"
          "Reliable server pooling (RSerPool, RFC 5351 to 5356).\n\n",
          out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].what);
    fputs("\n'poolproof COMMAND --help' says more; 'poolproof --version' says the version.\n", out);
}

/* A full disk must not look like success. */
static int when_written(int code)
{
    const bool earlier = ferror(stdout) != 0;

    if (fflush(stdout) == 0 && !earlier)
        return code;
    fprintf(stderr, "poolproof: cannot write to the standard output: %s\n",
            earlier ? "not all was taken" : strerror(errno));
    return code == EXIT_CLIENT_DONE ? EXIT_CLIENT_USAGE : code;
}

/* getopt_long() begins its messages with argv[0]: it is "poolproof pe" for `poolproof pe`. */
static int run(size_t command, int argc, char **argv)
{
    static char name[32];

    snprintf(name, sizeof name, "poolproof %s", commands[command].name);
    argv[0] = name;
    return when_written(commands[command].run(argc, argv));
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
        print_help(stdout);
        return when_written(EXIT_CLIENT_DONE);
    }
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        printf("poolproof %s\n", POOLPROOF_VERSION);
        return when_written(EXIT_CLIENT_DONE);
    }
    for (size_t i = 0; argc >= 2 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return run(i, argc - 1, argv + 1);
    if (argc >= 2)
        fprintf(stderr, "poolproof: \"%s\" is not a command\n", argv[1]);
    print_help(stderr);
    return EXIT_CLIENT_USAGE;
}
