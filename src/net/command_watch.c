/* poolproof watch: what changes in the daemon's handlespace and group, as it changes (membership_watch.h). */
#include "admin_client.h"
#include "client_options.h"
#include "commands.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: poolproof watch [--json] [--socket PATH]\n"
    "Shows all elements and peers of the poolproofd of this machine, and then every change, until "
    "it is\n"
    "ended. Whoever reads too slowly is told of the gap, and begins again with all there is.\n"
    "Exit codes: 1 refused, 2 usage, 3 no daemon answered, or it ended.\n"
    "\n"
    "  --json                 as JSON, one object a line\n"
    "  --socket PATH          the daemon's admin_socket (" ADMIN_DEFAULT_SOCKET ")\n";

static void print_time(void)
{
    char text[16] = "";
    time_t now = time(NULL);
    struct tm parts;

    if (localtime_r(&now, &parts) != NULL)
        strftime(text, sizeof text, "%H:%M:%S", &parts);
    printf("%s", text);
}

static void print_if_there(const json_t *line, const char *key, const char *before)
{
    const json_t *value = json_object_get(line, key);

    if (json_is_string(value))
        printf("%s%s", before, json_string_value(value));
    else if (json_is_integer(value))
        printf("%s%lld", before, (long long)json_integer_value(value));
}

/* One line for people; the same order for all events. */
static void print_event(const json_t *line)
{
    print_time();
    print_if_there(line, "event", " ");
    print_if_there(line, "server_identifier", " of ");
    print_if_there(line, "server", " ");
    print_if_there(line, "state", " ");
    print_if_there(line, "pool", " ");
    print_if_there(line, "pe", " ");
    print_if_there(line, "address", " ");
    print_if_there(line, "from", " from ");
    print_if_there(line, "home", " home ");
    print_if_there(line, "missed", " missed ");
    printf("\n");
}

/* False when the daemon refused. */
static bool show(const struct admin_question *q, const char *text)
{
    json_error_t place;
    json_t *line = json_loads(text, 0, &place);
    const char *error = json_string_value(json_object_get(line, "error"));

    if (error != NULL)
        fprintf(stderr, "poolproof: %s\n", error);
    else if (q->json)
        fputs(text, stdout);
    else if (line != NULL)
        print_event(line);
    bool good = error == NULL;
    json_decref(line);
    fflush(stdout);
    return good;
}

static int watch(const struct admin_question *q)
{
    int fd = admin_client_ask(q);
    FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
    char *line = NULL;
    size_t room = 0;
    bool good = true;

    if (stream == NULL)
        return EXIT_CLIENT_NO_ANSWER;
    while (good && getline(&line, &room, stream) > 0)
        good = show(q, line) && ferror(stdout) == 0;
    free(line);
    fclose(stream);
    if (good)
        fprintf(stderr, "poolproof: the daemon has ended\n");
    return good ? EXIT_CLIENT_NO_ANSWER : EXIT_CLIENT_NEGATIVE;
}

int command_watch(int argc, char **argv)
{
    struct admin_question q = {.path = ADMIN_DEFAULT_SOCKET};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_CLIENT_DONE;
        }
    }
    if (admin_client_parse(&q, argc, argv))
        return watch(&q);
    fprintf(stderr, "Try '%s --help'.\n", argv[0]);
    return EXIT_CLIENT_USAGE;
}
