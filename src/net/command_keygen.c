/* The command of command_keygen.h. The key lies in locked memory, and is wiped. */
#include "command_keygen.h"
#include "access.h"
#include "entropy.h"
#include "key_file_append.h"
#include "key_file_line.h"
#include "privileges.h"
#include "secret_memory.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define EXIT_KEYGEN_DONE 0
#define EXIT_KEYGEN_FAILED 1
#define EXIT_KEYGEN_USAGE 2

#define KEY_BYTES 32u
#define KEY_DIGITS 64u /* two for each byte */

/* Longest line: identity, roles, key, 16 escaped patterns, 16 addresses. */
#define LINE_BYTES 32768u

static const char usage[] =
    "usage: poolproof keygen\n"
    "       poolproof keygen --identity NAME --role ROLE[,ROLE...] --key-file FILE\n"
    "                        [--pool HANDLE|PREFIX*]... [--address IP]... [--server ID]\n"
    "                        [--client-file FILE]\n"
    "\n"
    "Without options, prints a new key of 256 bits as hexadecimal digits.\n"
    "With them, adds an identity with a new key to a registrar's key file.\n"
    "\n"
    "  -i, --identity NAME     whom the key belongs to: up to 128 printable characters\n"
    "  -R, --role ROLES        pe (pool element), pu (pool user), registrar, admin\n"
    "  -k, --key-file FILE     the registrar's key file; created when it is not there\n"
    "  -p, --pool PATTERN      a pool it may register in, or the beginning of such, with a star\n"
    "  -a, --address IP        an address it may register beside its connection's\n"
    "  -s, --server ID         with the role registrar: its server identifier, as in 0x00000001\n"
    "  -c, --client-file FILE  where the client finds its key: gets a line of its own\n"
    "  -h, --help              this text\n"
    "\n"
    "Exit status: 0 done, 1 a file or the system would not, 2 wrong usage.\n";

struct request {
    const char *identity;
    const char *roles;
    const char *key_file;
    const char *client_file;
    const char *server;
    const char *pool[ACCESS_POOLS_MAX];
    uint32_t pool_count;
    const char *address[ACCESS_ADDRESSES_MAX];
    uint32_t address_count;
    bool help;
};

/* A line being written; lies in locked memory, since it gets a key. */
struct draft {
    char text[LINE_BYTES];
    size_t length;
    bool full;
};

/* Everything secret that the command holds. */
struct secrets {
    char digits[KEY_DIGITS + 1u];
    struct draft line;
};

/* ---- options ---- */

/* NULL: what is wrong was said already. */
static int usage_error(const char *what)
{
    if (what != NULL) {
        (void)fprintf(stderr, "poolproof keygen: %s\n", what);
    }
    (void)fprintf(stderr, "Try 'poolproof keygen --help'.\n");
    return EXIT_KEYGEN_USAGE;
}

/* One more of an option that may be repeated up to `limit` times. */
static bool add_text(const char *option, const char **list, uint32_t *count, uint32_t limit)
{
    if (*count == limit) {
        (void)fprintf(stderr, "poolproof keygen: %s: at most %u are possible\n", option, limit);
        return false;
    }
    list[*count] = optarg;
    *count += 1u;
    return true;
}

static bool take_option(struct request *request, int option)
{
    switch (option) {
    case 'i':
        request->identity = optarg;
        return true;
    case 'R':
        request->roles = optarg;
        return true;
    case 'k':
        request->key_file = optarg;
        return true;
    case 'c':
        request->client_file = optarg;
        return true;
    case 's':
        request->server = optarg;
        return true;
    case 'p':
        return add_text("--pool", request->pool, &request->pool_count, ACCESS_POOLS_MAX);
    case 'a':
        return add_text("--address", request->address, &request->address_count,
                        ACCESS_ADDRESSES_MAX);
    case 'h':
        request->help = true;
        return true;
    default:
        return false; /* getopt_long() has named it */
    }
}

static bool read_options(struct request *request, int argc, char **argv)
{
    static const struct option known[] = {
        {"identity", required_argument, NULL, 'i'},
        {"role", required_argument, NULL, 'R'},
        {"key-file", required_argument, NULL, 'k'},
        {"client-file", required_argument, NULL, 'c'},
        {"pool", required_argument, NULL, 'p'},
        {"address", required_argument, NULL, 'a'},
        {"server", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option = 0;
    optind = 0; /* start over: other commands may have used getopt */
    while ((option = getopt_long(argc, argv, "i:R:k:c:p:a:s:h", known, NULL)) != -1) {
        if (!take_option(request, option)) {
            return false;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "poolproof keygen: \"%s\" belongs to no option\n", argv[optind]);
    }
    return optind == argc;
}

static bool names_something(const struct request *request)
{
    return request->identity != NULL || request->roles != NULL || request->key_file != NULL ||
           request->client_file != NULL || request->server != NULL || request->pool_count > 0 ||
           request->address_count > 0;
}

static const char *missing_option(const struct request *request)
{
    if (request->identity == NULL) {
        return "--identity is missing: whose key is it?";
    }
    if (request->roles == NULL) {
        return "--role is missing: pe, pu, registrar or admin, or several joined by commas";
    }
    if (request->key_file == NULL) {
        return "--key-file is missing: which registrar's file gets the line?";
    }
    return NULL;
}

/* Whether `registrar` is among the roles, which are joined by commas. */
static bool is_registrar(const char *roles)
{
    static const char name[] = "registrar";
    const char *role = roles;
    while (strcspn(role, ",") != sizeof name - 1u || strncmp(role, name, sizeof name - 1u) != 0) {
        role += strcspn(role, ",");
        if (*role == '\0') {
            return false;
        }
        role++;
    }
    return true;
}

/* A registrar has a server identifier, and nobody else has one. */
static const char *wrong_server(const struct request *request)
{
    if (is_registrar(request->roles)) {
        return request->server != NULL ? NULL
                                       : "--server is missing: the role registrar needs a server "
                                         "identifier, as in --server 0x00000001";
    }
    return request->server == NULL ? NULL : "--server is for the role registrar";
}

/* A blank inside a value would make it two fields of the line. */
static bool has_blank(const struct request *request)
{
    bool found = strpbrk(request->identity, " \t\n") != NULL ||
                 strpbrk(request->roles, " \t\n") != NULL ||
                 (request->server != NULL && strpbrk(request->server, " \t\n") != NULL);
    for (uint32_t i = 0; i < request->address_count; i++) {
        found = found || strpbrk(request->address[i], " \t\n") != NULL;
    }
    return found;
}

/* What is wrong with the options, NULL when nothing is. */
static const char *wrong_request(const struct request *request)
{
    const char *missing = missing_option(request);
    if (missing != NULL) {
        return missing;
    }
    if (has_blank(request)) {
        return "an identity, a role, an address or a server identifier has a blank in it";
    }
    return wrong_server(request);
}

/* ---- writing lines ---- */

static void draft_add(struct draft *draft, const char *text)
{
    size_t length = strlen(text);
    if (draft->full || length > sizeof draft->text - draft->length) {
        draft->full = true;
        return;
    }
    memcpy(draft->text + draft->length, text, length);
    draft->length += length;
}

/* A pattern as spec/key_file.rl has it: what is not printable ASCII is escaped, the rest is taken
 * as it was typed. */
static void draft_add_pattern(struct draft *draft, const char *pattern)
{
    for (const char *c = pattern; *c != '\0'; c++) {
        char escape[8];
        unsigned byte = (unsigned char)*c;
        const char *format = byte > ' ' && byte < 0x7F ? "%c" : "\\x%02X";
        (void)snprintf(escape, sizeof escape, format, byte);
        draft_add(draft, escape);
    }
}

static void draft_add_rights(struct draft *draft, const struct request *request)
{
    for (uint32_t i = 0; i < request->pool_count; i++) {
        draft_add(draft, " pool=");
        draft_add_pattern(draft, request->pool[i]);
    }
    for (uint32_t i = 0; i < request->address_count; i++) {
        draft_add(draft, " address=");
        draft_add(draft, request->address[i]);
    }
}

/* The line for the registrar's file, or with `rights` false for the client's, which has of them only who a
 * registrar is. */
static void compose(struct secrets *secrets, const struct request *request, bool rights)
{
    struct draft *draft = &secrets->line;
    draft->length = 0;
    draft->full = false;
    draft_add(draft, request->identity);
    draft_add(draft, " ");
    draft_add(draft, request->roles);
    draft_add(draft, " ");
    draft_add(draft, secrets->digits);
    if (request->server != NULL) {
        draft_add(draft, " server=");
        draft_add(draft, request->server);
    }
    if (rights) {
        draft_add_rights(draft, request);
    }
}

static bool make_key(struct secrets *secrets)
{
    uint8_t key[KEY_BYTES];
    bool made = entropy_fill(key, sizeof key);
    for (size_t i = 0; i < KEY_BYTES; i++) {
        (void)snprintf(&secrets->digits[2 * i], 3, "%02x", key[i]);
    }
    secret_wipe(key, sizeof key);
    return made;
}

/* ---- the files ---- */

static bool report(const struct secure_problem *problem)
{
    (void)fprintf(stderr, "poolproof keygen: %s\n", problem->text);
    return false;
}

/* Puts the line at hand at the end of `path`; with `really` false only sees whether it could. */
static bool append(const struct secrets *secrets, const char *path, bool really)
{
    struct secure_problem problem;
    if (secrets->line.full || memchr(secrets->line.text, '\n', secrets->line.length) != NULL) {
        secure_problem_at(&problem, path, 0, 0,
                          "the line would be too long, or more than one; shorten the options");
        return report(&problem);
    }
    struct key_file_change *change =
        key_file_change_prepare(path, secrets->line.text, secrets->line.length, &problem);
    if (change == NULL) {
        return report(&problem);
    }
    bool done = !really || key_file_change_commit(change, &problem) || report(&problem);
    key_file_change_free(change);
    return done;
}

static void print_added(const struct request *request)
{
    (void)printf("%s: added %s %s (key not shown)", request->key_file, request->identity,
                 request->roles);
    if (request->server != NULL) {
        (void)printf(" server=%s", request->server);
    }
    for (uint32_t i = 0; i < request->pool_count; i++) {
        (void)printf(" pool=%s", request->pool[i]);
    }
    for (uint32_t i = 0; i < request->address_count; i++) {
        (void)printf(" address=%s", request->address[i]);
    }
    (void)printf("\n");
    if (request->client_file != NULL) {
        (void)printf("%s: added %s, for the client\n", request->client_file, request->identity);
    }
}

/* The client's file is tried first, so that a fault in it is found before any file changes. */
static bool add_identity(struct secrets *secrets, const struct request *request)
{
    compose(secrets, request, false);
    if (request->client_file != NULL && !append(secrets, request->client_file, false)) {
        return false;
    }
    compose(secrets, request, true);
    if (!append(secrets, request->key_file, true)) {
        return false;
    }
    compose(secrets, request, false);
    if (request->client_file != NULL && !append(secrets, request->client_file, true)) {
        (void)fprintf(stderr,
                      "poolproof keygen: %s has the new identity all the same; take its line out "
                      "before you try again\n",
                      request->key_file);
        return false;
    }
    print_added(request);
    return true;
}

/* Past stdio, whose buffer would keep the key. */
static bool print_key(const struct secrets *secrets)
{
    if (write(STDOUT_FILENO, secrets->digits, KEY_DIGITS) == (ssize_t)KEY_DIGITS &&
        write(STDOUT_FILENO, "\n", 1) == 1) {
        return true;
    }
    (void)fprintf(stderr, "poolproof keygen: cannot write to the standard output: %s\n",
                  strerror(errno));
    return false;
}

static int run(struct secrets *secrets, const struct request *request)
{
    if (!make_key(secrets)) {
        (void)fprintf(stderr, "poolproof keygen: the kernel gives no random bytes\n");
        return EXIT_KEYGEN_FAILED;
    }
    if (!names_something(request)) {
        return print_key(secrets) ? EXIT_KEYGEN_DONE : EXIT_KEYGEN_FAILED;
    }
    return add_identity(secrets, request) ? EXIT_KEYGEN_DONE : EXIT_KEYGEN_FAILED;
}

int command_keygen(int argc, char **argv)
{
    struct request request;
    memset(&request, 0, sizeof request);
    if (!read_options(&request, argc, argv)) {
        return usage_error(NULL);
    }
    if (request.help) {
        (void)fputs(usage, stdout);
        return EXIT_KEYGEN_DONE;
    }
    const char *wrong = names_something(&request) ? wrong_request(&request) : NULL;
    if (wrong != NULL) {
        return usage_error(wrong);
    }
    privileges_forbid_dumps();
    struct secrets *secrets = secret_memory_new(sizeof *secrets);
    if (secrets == NULL) {
        (void)fprintf(stderr, "poolproof keygen: no locked memory: %s\n", strerror(errno));
        return EXIT_KEYGEN_FAILED;
    }
    int status = run(secrets, &request);
    secret_memory_free(secrets, sizeof *secrets);
    return status;
}
