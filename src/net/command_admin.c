/* poolproof status, pools, elements, peers: asks the daemon on this machine by way of its admin socket. */
#include "admin_client.h"
#include "client_options.h"
#include "commands.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: poolproof status|pools|elements|peers [--json] [--socket PATH]\n"
    "Shows what the poolproofd of this machine holds and has done.\n"
    "Exit codes: 0 answered, 1 refused, 2 usage, 3 no daemon answered.\n"
    "\n"
    "  --json                 as JSON\n"
    "  --socket PATH          the daemon's admin_socket (" ADMIN_DEFAULT_SOCKET ")\n";

/* ---- tables for people ---- */

static void print_members(json_t *object, int indent);

static void print_value(const char *name, json_t *value, int indent)
{
    if (json_is_object(value)) {
        printf("%*s%s:\n", indent, "", name);
        print_members(value, indent + 2);
    } else if (json_is_integer(value)) {
        printf("%*s%-26s %lld\n", indent, "", name, (long long)json_integer_value(value));
    } else if (!json_is_array(value)) {
        printf("%*s%-26s %s\n", indent, "", name,
               json_is_boolean(value) ? (json_is_true(value) ? "yes" : "no")
                                      : json_string_value(value));
    }
}

static void print_members(json_t *object, int indent)
{
    for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i))
        print_value(json_object_iter_key(i), json_object_iter_value(i), indent);
}

static void print_cell(const json_t *value)
{
    if (json_is_integer(value))
        printf(" %lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        printf(" %s", json_is_true(value) ? "yes" : "no");
    else
        printf(" %s", json_is_string(value) ? json_string_value(value) : "-");
}

static void print_list(const json_t *list, const char *const columns[])
{
    printf("#");
    for (size_t i = 0; columns[i] != NULL; i++)
        printf(" %s", columns[i]);
    printf("\n");
    for (size_t line = 0; line < json_array_size(list); line++) {
        printf(" ");
        for (size_t i = 0; columns[i] != NULL; i++)
            print_cell(json_object_get(json_array_get(list, line), columns[i]));
        printf("\n");
    }
}

static void print(const struct admin_question *q, json_t *answer)
{
    /* The policy's name may have spaces: it stands last. */
    static const char *const pool_columns[] = {"pool", "elements", "policy_name", NULL};
    static const char *const element_columns[] = {"pool", "pe",        "address",      "identity",
                                                  "home", "connected", "expires_in_s", NULL};

    static const char *const peer_columns[] = {"name",     "server",        "state",
                                               "address",  "last_heard_ms", "agrees",
                                               "elements", "takeover",      NULL};

    if (q->json) {
        json_dumpf(answer, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
        printf("\n");
    } else if (strcmp(q->command, "pools") == 0) {
        print_list(json_object_get(answer, "pools"), pool_columns);
    } else if (strcmp(q->command, "elements") == 0) {
        print_list(json_object_get(answer, "elements"), element_columns);
    } else if (strcmp(q->command, "peers") == 0) {
        print_members(answer, 0);
        print_list(json_object_get(answer, "peers"), peer_columns);
    } else {
        print_members(answer, 0);
    }
}

static int show(const struct admin_question *q)
{
    json_error_t error_place;
    int fd = admin_client_ask(q);
    json_t *answer = fd >= 0 ? json_loadfd(fd, 0, &error_place) : NULL;
    int code = EXIT_CLIENT_DONE;

    if (fd >= 0)
        close(fd);
    if (answer == NULL) {
        if (fd >= 0)
            fprintf(stderr, "poolproof: the daemon's answer was cut off\n");
        return EXIT_CLIENT_NO_ANSWER;
    }
    const char *error = json_string_value(json_object_get(answer, "error"));
    if (error != NULL) {
        fprintf(stderr, "poolproof: %s\n", error);
        code = EXIT_CLIENT_NEGATIVE;
    } else {
        print(q, answer);
    }
    json_decref(answer);
    return code;
}

int command_admin(int argc, char **argv)
{
    struct admin_question q = {.path = ADMIN_DEFAULT_SOCKET};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_CLIENT_DONE;
        }
    }
    if (admin_client_parse(&q, argc, argv))
        return show(&q);
    fprintf(stderr, "Try '%s --help'.\n", argv[0]);
    return EXIT_CLIENT_USAGE;
}
