/* The key file: what is read, what is refused and how that is said, and adding lines
 * (key_file.h, key_file_append.h, command_keygen.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "access.h"
#include "command_keygen.h"
#include "guarded_file.h"
#include "key_file.h"
#include "key_file_append.h"
#include "key_file_line.h"
#include "throwaway_pki.h"

#define KEY "00112233445566778899aabbccddeeff"
#define KEY_64 KEY KEY KEY KEY

static struct secure_problem problem;

static struct key_file *parse(const char *text)
{
    memset(&problem, 0, sizeof problem);
    return key_file_parse("keys", (const uint8_t *)text, strlen(text), &problem);
}

static uint32_t find(const struct key_file *file, const char *name)
{
    return key_file_find(file, (const uint8_t *)name, (uint32_t)strlen(name));
}

/* ---- what is read ---- */

static void a_line_gives_identity_key_and_rights(void **state)
{
    (void)state;
    struct key_file *file = parse("# the web pool\n\n \t\n"
                                  "web-1 pe " KEY " pool=web address=192.0.2.17 pool=api-*\n"
                                  "ops\tadmin,pu\t" KEY_64 "\n");
    assert_non_null(file);
    assert_int_equal(key_file_count(file), 2);
    assert_int_equal(find(file, "web-1"), 0);
    assert_int_equal(find(file, "ops"), 1);
    assert_string_equal(key_file_identity(file, 1), "ops");
    assert_int_equal(key_file_key(file, 0)->length, 16);
    assert_memory_equal(key_file_key(file, 0)->bytes,
                        "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
    assert_int_equal(key_file_key(file, 1)->length, 64);
    const struct access_rules *rules = key_file_rules(file);
    assert_int_equal(rules->identity[0].roles, ROLE_POOL_ELEMENT);
    assert_int_equal(rules->identity[1].roles, ROLE_ADMINISTRATOR + ROLE_POOL_USER);
    assert_int_equal(rules->anonymous_roles, 0);
    assert_true(access_may_register(rules, 0, (const uint8_t *)"web", 3));
    assert_true(access_may_register(rules, 0, (const uint8_t *)"api-2", 5));
    assert_false(access_may_register(rules, 0, (const uint8_t *)"web2", 4));
    assert_false(access_may_register(rules, 1, (const uint8_t *)"web", 3));
    struct principal principal = {0, ROLES_ALL, {4, {198, 51, 100, 1}}, 0};
    struct ip_address granted = {4, {192, 0, 2, 17}};
    struct ip_address other = {4, {192, 0, 2, 18}};
    assert_true(access_may_use_address(rules, &principal, &granted));
    assert_false(access_may_use_address(rules, &principal, &other));
    key_file_free(file);
}

static void a_pattern_may_escape_any_byte(void **state)
{
    (void)state;
    struct key_file *file = parse("a pe " KEY " pool=x\\x20\\x00y address=2001:db8::1");
    assert_non_null(file);
    assert_true(access_may_register(key_file_rules(file), 0, (const uint8_t *)"x \0y", 4));
    assert_false(access_may_register(key_file_rules(file), 0, (const uint8_t *)"x  y", 4));
    key_file_free(file);
}

static void a_registrar_has_its_server_identifier(void **state)
{
    (void)state;
    struct key_file *file =
        parse("r-1 registrar " KEY " server=0x00000001\n"
              "r-2 registrar,pu " KEY " server=4294967295 pool=x\n"
              "r-3 registrar " KEY "\tpool=y\tserver=0xFFFFfffe\taddress=192.0.2.1\n"
              "r-4 pu,registrar " KEY " server=0x0000000000000a0b  \n"
              "web pe " KEY "\n"
              "r-5 registrar " KEY " server=10");
    assert_non_null(file);
    const struct access_rules *rules = key_file_rules(file);
    assert_int_equal(rules->identity[0].server_identifier, 1);
    assert_int_equal(rules->identity[1].server_identifier, UINT32_MAX);
    assert_int_equal(rules->identity[2].server_identifier, 0xfffffffe);
    assert_int_equal(rules->identity[3].server_identifier, 0x0a0b);
    assert_int_equal(rules->identity[4].server_identifier, 0);
    assert_int_equal(rules->identity[5].server_identifier, 10);
    assert_true(access_may_use_server(rules, 0, 1));
    assert_false(access_may_use_server(rules, 0, 10));
    assert_int_equal(rules->identity[2].pool_count, 1);
    assert_int_equal(rules->identity[2].address_count, 1);
    key_file_free(file);
}

static void an_empty_file_knows_nobody(void **state)
{
    (void)state;
    struct key_file *file = key_file_parse("keys", NULL, 0, &problem);
    assert_non_null(file);
    assert_int_equal(key_file_count(file), 0);
    assert_int_equal(find(file, "web"), KEY_FILE_NONE);
    key_file_free(file);
}

static void an_identity_is_found_by_its_exact_bytes(void **state)
{
    static const uint8_t zero[] = {'w', 'e', 'b', 0};
    uint8_t longest[ACCESS_NAME_MAX + 1];
    (void)state;
    memset(longest, 'n', sizeof longest);
    char text[512];
    (void)snprintf(text, sizeof text, "web pe " KEY "\n%.128s pu " KEY "\n", (const char *)longest);
    struct key_file *file = parse(text);
    assert_non_null(file);
    assert_int_equal(find(file, "web"), 0);
    assert_int_equal(find(file, "we"), KEY_FILE_NONE);
    assert_int_equal(find(file, "web1"), KEY_FILE_NONE);
    assert_int_equal(find(file, "Web"), KEY_FILE_NONE);
    assert_int_equal(find(file, ""), KEY_FILE_NONE);
    assert_int_equal(key_file_find(file, zero, sizeof zero), KEY_FILE_NONE);
    assert_int_equal(key_file_find(file, longest, 128), 1);
    assert_int_equal(key_file_find(file, longest, 127), KEY_FILE_NONE);
    assert_int_equal(key_file_find(file, longest, 129), KEY_FILE_NONE);
    key_file_free(file);
}

/* ---- what is refused ---- */

static void expect_refused(const char *text, uint32_t line, uint32_t column, const char *why)
{
    struct key_file *file = parse(text);
    assert_null(file);
    assert_int_equal(problem.line, line);
    assert_int_equal(problem.column, column);
    if (strstr(problem.text, why) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", why, problem.text);
    }
    assert_null(strstr(problem.text, "0011")); /* no part of a key is ever shown */
    assert_memory_equal(problem.text, "keys:", 5);
}

static void a_refusal_names_line_column_and_remedy(void **state)
{
    (void)state;
    expect_refused("web\n", 1, 4, "expected the roles");
    expect_refused("web owner " KEY "\n", 1, 5, "pe, pu, registrar or admin");
    expect_refused("# one\nweb pe\n", 2, 7, "expected");
    expect_refused("web pe 0011\n", 1, 12, "32 to 128 hexadecimal digits");
    expect_refused("web pe 0011x\n", 1, 12, "32 to 128 hexadecimal digits");
    expect_refused("web pe " KEY "0\n", 1, 41, "even number");
    expect_refused("web pe " KEY_64 "00\n", 1, 136, "at most 128 digits");
    expect_refused("web pe, pu " KEY "\n", 1, 8, "role after a comma");
    expect_refused("web pe " KEY " pools=x\n", 1, 45, "pool=HANDLE");
    expect_refused("web pe " KEY " pool=\n", 1, 46, "pool=HANDLE");
    expect_refused("web pe " KEY " pool=a*b\n", 1, 48, "pool=HANDLE");
    expect_refused("web pe " KEY "\r\n", 1, 40, "end of the line");
    expect_refused("web pe " KEY "\nw\xC3\xA9"
                   "b pe " KEY "\n",
                   2, 2, "expected the roles");
}

static void a_misplaced_key_is_not_shown(void **state)
{
    (void)state;
    expect_refused(KEY " pe web\n", 1, 37, "hexadecimal digits");
    expect_refused("web " KEY " pe\n", 1, 5, "roles");
    expect_refused("web pe " KEY " address=" KEY "\n", 1, 0, "no IPv4 or IPv6 address");
    expect_refused("web pe " KEY " " KEY "\n", 1, 41, "pool=HANDLE");
    expect_refused("a pe " KEY " address=" KEY_64 "\n", 1, 92, "too long for an address");
}

static void an_identity_has_one_line(void **state)
{
    (void)state;
    expect_refused("a pe " KEY "\nb pe " KEY "\n#\na pu " KEY "\n", 4, 1, "line 1 has the same");
}

static void an_address_has_to_be_one(void **state)
{
    (void)state;
    expect_refused("a pe " KEY " address=192.0.2\n", 1, 0, "no IPv4 or IPv6");
    expect_refused("a pe " KEY " address=192.0.2.256\n", 1, 0, "no IPv4 or IPv6");
    expect_refused("a pe " KEY " address=2001::db8::1\n", 1, 0, "no IPv4 or IPv6");
}

static void a_server_identifier_belongs_to_a_registrar(void **state)
{
    (void)state;
    expect_refused("r registrar " KEY "\n", 1, 45, "needs its server identifier: add server=ID");
    expect_refused("r pe,registrar " KEY " pool=x\n", 1, 55, "needs its server identifier");
    expect_refused("#\nr pe " KEY " server=1\n", 2, 45, "add that role, or take server= away");
    expect_refused("r pe,pu,admin " KEY " server=1\n", 1, 54, "is for the role registrar");
    expect_refused("r registrar " KEY " server=1 server=1\n", 1, 61, "a second server=");
    expect_refused("a registrar " KEY " server=0x10\n#\nb registrar " KEY " server=16\n", 3, 0,
                   "line 1 has the same server identifier; give each registrar its own");
}

static void a_server_identifier_has_32_bits_and_is_not_0(void **state)
{
    static const char range[] = "1 to 4294967295, or 0x1 to 0xffffffff";
    (void)state;
    expect_refused("r registrar " KEY " server=\n", 1, 53, range);
    expect_refused("r registrar " KEY " server=x\n", 1, 53, range);
    expect_refused("r registrar " KEY " server=-1\n", 1, 53, range);
    expect_refused("r registrar " KEY " server=0\n", 1, 54, range);
    expect_refused("r registrar " KEY " server=0x\n", 1, 55, range);
    expect_refused("r registrar " KEY " server=0x0 pool=x\n", 1, 56, range);
    expect_refused("r registrar " KEY " server=4294967296\n", 1, 62, range);
    expect_refused("r registrar " KEY " server=99999999999\n", 1, 62, range);
    expect_refused("r registrar " KEY " server=0x100000000\n", 1, 63, range);
    expect_refused("r registrar " KEY " server=01\n", 1, 54, range);
    expect_refused("r registrar " KEY " server=1a\n", 1, 54, "server=ID");
    expect_refused("r registrar " KEY " server=0x1g\n", 1, 56, "server=ID");
    expect_refused("r registrar " KEY " server=" KEY "\n", 1, 54, range); /* 00 begins it */
}

/* `count` times `right` at the end of a line. */
static const char *repeated(const char *start, const char *right, uint32_t count)
{
    static char text[70000];
    size_t length = (size_t)snprintf(text, sizeof text, "%s", start);
    for (uint32_t i = 0; i < count; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", right);
    }
    return text;
}

static void limits_are_named(void **state)
{
    (void)state;
    struct key_file *file = parse(repeated("a pe " KEY, " pool=x", ACCESS_POOLS_MAX));
    assert_non_null(file);
    key_file_free(file);
    expect_refused(repeated("a pe " KEY, " pool=x", ACCESS_POOLS_MAX + 1), 1, 156,
                   "more than 16 pools");
    expect_refused(repeated("a pe " KEY, " address=1.1.1.1", ACCESS_ADDRESSES_MAX + 1), 1, 303,
                   "more than 16 addresses");
    expect_refused(repeated("", "n", ACCESS_NAME_MAX + 1), 1, 129, "more than 128 bytes");
    file = parse(repeated("a pe " KEY " pool=", "p", ACCESS_PATTERN_MAX));
    assert_non_null(file);
    key_file_free(file);
    expect_refused(repeated("a pe " KEY " pool=", "p", ACCESS_PATTERN_MAX + 1), 1, 299,
                   "more than 255 bytes");
    expect_refused(repeated("#", "c", KEY_FILE_LINE_MAX), 1, 0, "more than 65535 bytes");
}

static void more_identities_than_the_rules_hold_are_refused(void **state)
{
    char *text = malloc((ACCESS_IDENTITIES_MAX + 1u) * 48u);
    size_t length = 0;
    (void)state;
    assert_non_null(text);
    for (uint32_t i = 0; i <= ACCESS_IDENTITIES_MAX; i++) {
        length += (size_t)sprintf(text + length, "n%u pe " KEY "\n", i);
    }
    expect_refused(text, ACCESS_IDENTITIES_MAX + 1u, 0, "more identities than 4096");
    *strstr(text, "n4096") = '#';
    struct key_file *file = parse(text);
    assert_non_null(file);
    assert_int_equal(key_file_count(file), ACCESS_IDENTITIES_MAX);
    assert_int_equal(find(file, "n4095"), 4095);
    key_file_free(file);
    free(text);
}

/* ---- the file itself ---- */

static void only_its_owner_may_read_a_key_file(void **state)
{
    static const mode_t open_modes[] = {0640, 0620, 0610, 0604, 0602, 0601, 0660, 0666};
    (void)state;
    assert_int_equal(pki_write("keys", "a pe " KEY "\n"), 0);
    struct key_file *file = key_file_load(pki_path("keys"), &problem);
    assert_non_null(file);
    key_file_free(file);
    for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
        assert_int_equal(chmod(pki_path("keys"), open_modes[i]), 0);
        assert_null(key_file_load(pki_path("keys"), &problem));
        assert_non_null(strstr(problem.text, "chmod 600"));
    }
    assert_int_equal(chmod(pki_path("keys"), 0400), 0);
    file = key_file_load(pki_path("keys"), &problem);
    assert_non_null(file);
    key_file_free(file);
}

static void a_key_file_belongs_to_us_or_root(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip(); /* only root can give a file away */
    }
    assert_int_equal(pki_write("keys", "a pe " KEY "\n"), 0);
    assert_int_equal(chown(pki_path("keys"), 12345, (gid_t)-1), 0);
    assert_null(key_file_load(pki_path("keys"), &problem));
    assert_non_null(strstr(problem.text, "belongs to user 12345"));
}

static void a_key_file_may_belong_to_the_user_we_shall_become(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip(); /* only root can give a file away */
    }
    assert_int_equal(pki_write("keys", "a pe " KEY "\n"), 0);
    assert_int_equal(chown(pki_path("keys"), 12345, (gid_t)-1), 0);
    guarded_file_trust_owner(12345);
    struct key_file *file = key_file_load(pki_path("keys"), &problem);
    assert_non_null(file);
    key_file_free(file);
    assert_int_equal(chown(pki_path("keys"), 12346, (gid_t)-1), 0);
    assert_null(key_file_load(pki_path("keys"), &problem));
    assert_non_null(strstr(problem.text, "neither root nor us (user 12345)"));
    guarded_file_trust_owner(0);
    assert_int_equal(chown(pki_path("keys"), 12345, (gid_t)-1), 0);
    assert_null(key_file_load(pki_path("keys"), &problem));
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    assert_null(key_file_load(pki_path("none"), &problem));
    assert_non_null(strstr(problem.text, "cannot be opened: No such file"));
    assert_null(key_file_load(pki_folder, &problem));
    assert_non_null(strstr(problem.text, "not a regular file"));
    assert_int_equal(mkfifo(pki_path("fifo"), 0600), 0);
    assert_null(key_file_load(pki_path("fifo"), &problem));
    assert_non_null(strstr(problem.text, "not a regular file"));
}

/* In a child: an ordinary user who may not lock a page. 0 when loading was refused for that. */
static int load_without_locked_memory(void)
{
    const struct rlimit none = {0, 0};
    if ((geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) ||
        setrlimit(RLIMIT_MEMLOCK, &none) != 0) {
        return 2;
    }
    return parse("a pe " KEY "\n") == NULL && strstr(problem.text, "LimitMEMLOCK=") != NULL ? 0 : 1;
}

/* In a child: an ordinary user who may not lock a page. 0 when a public file was read, and a secret
 * one of the same bytes was not. */
static int read_files_without_locked_memory(void)
{
    const struct rlimit none = {0, 0};
    struct guarded_file file;
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 ||
        (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)) {
        return 2;
    }
    if (!guarded_file_read(&file, "bundle", GUARDED_PUBLIC, &problem)) {
        return 3;
    }
    bool whole = file.length == 600000 && file.bytes[0] == '#' && file.bytes[599999] == '#';
    guarded_file_free(&file);
    if (!whole || file.bytes != NULL) {
        return 4;
    }
    bool refused = !guarded_file_read(&file, "bundle", GUARDED_SECRET, &problem);
    return refused && strstr(problem.text, "LimitMEMLOCK=") != NULL ? 0 : 5;
}

/* AddressSanitizer replaces mlock(2) by a function that always succeeds. */
#if defined(__SANITIZE_ADDRESS__)
#define MLOCK_IS_REAL false
#elif defined(__has_feature)
#define MLOCK_IS_REAL (!__has_feature(address_sanitizer))
#else
#define MLOCK_IS_REAL true
#endif

static void keys_are_refused_where_memory_cannot_be_locked(void **state)
{
    (void)state;
    if (!MLOCK_IS_REAL) {
        skip();
    }
    pid_t child = fork();
    if (child == 0) {
        _exit(load_without_locked_memory());
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_public_file_needs_no_locked_memory(void **state)
{
    (void)state;
    if (!MLOCK_IS_REAL) {
        skip();
    }
    char *text = malloc(600001);
    assert_non_null(text);
    memset(text, '#', 600000);
    text[600000] = '\0';
    assert_int_equal(pki_write("bundle", text), 0);
    free(text);
    if (geteuid() == 0) {
        assert_int_equal(chown(pki_path("bundle"), 65534, (gid_t)-1), 0);
        assert_int_equal(chown(pki_folder, 65534, (gid_t)-1), 0);
    }
    pid_t child = fork();
    if (child == 0) {
        _exit(chdir(pki_folder) == 0 ? read_files_without_locked_memory() : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(chown(pki_folder, geteuid(), (gid_t)-1), 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- adding lines ---- */

static bool add(const char *name, const char *line)
{
    struct key_file_change *change =
        key_file_change_prepare(pki_path(name), line, strlen(line), &problem);
    bool done = change != NULL && key_file_change_commit(change, &problem);
    key_file_change_free(change);
    return done;
}

static void expect_contents(const char *name, const char *expected)
{
    char text[4096] = "";
    FILE *file = fopen(pki_path(name), "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    assert_string_equal(text, expected);
}

static void expect_no_leftovers(void)
{
    assert_int_not_equal(pki_run("ls *.?????? >/dev/null 2>&1"), 0);
}

static void a_line_is_added_to_a_new_or_an_old_file(void **state)
{
    struct stat status;
    (void)state;
    (void)unlink(pki_path("added"));
    assert_true(add("added", "a pe " KEY));
    assert_int_equal(stat(pki_path("added"), &status), 0);
    assert_int_equal(status.st_mode & 07777u, 0600);
    assert_true(add("added", "b pu " KEY));
    expect_contents("added", "a pe " KEY "\nb pu " KEY "\n");
    assert_int_equal(pki_write("added", "# no newline"), 0);
    assert_true(add("added", "c pe " KEY));
    expect_contents("added", "# no newline\nc pe " KEY "\n");
    expect_no_leftovers();
}

static void a_line_that_makes_the_file_bad_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(pki_write("added", "a pe " KEY "\n"), 0);
    assert_false(add("added", "a pe " KEY));
    assert_non_null(strstr(problem.text, ":2:1: line 1 has the same identity"));
    assert_false(add("added", "b owner " KEY));
    assert_int_equal(chmod(pki_path("added"), 0644), 0);
    assert_false(add("added", "b pe " KEY));
    expect_contents("added", "a pe " KEY "\n");
    expect_no_leftovers();
}

static void a_change_that_is_not_committed_leaves_no_trace(void **state)
{
    (void)state;
    assert_int_equal(pki_write("added", "a pe " KEY "\n"), 0);
    struct key_file_change *change =
        key_file_change_prepare(pki_path("added"), "b pe " KEY, strlen("b pe " KEY), &problem);
    assert_non_null(change);
    key_file_change_free(change);
    expect_contents("added", "a pe " KEY "\n");
    expect_no_leftovers();
}

static void a_symbolic_link_is_followed(void **state)
{
    (void)state;
    assert_int_equal(pki_write("real", "a pe " KEY "\n"), 0);
    (void)unlink(pki_path("link"));
    assert_int_equal(symlink("real", pki_path("link")), 0);
    assert_true(add("link", "b pe " KEY));
    expect_contents("real", "a pe " KEY "\nb pe " KEY "\n");
}

static void root_adds_to_the_file_of_another_user(void **state)
{
    struct stat status;
    (void)state;
    if (geteuid() != 0) {
        skip(); /* only root can give a file away */
    }
    assert_int_equal(pki_write("added", "a pe " KEY "\n"), 0);
    assert_int_equal(chown(pki_path("added"), 12345, 12345), 0);
    assert_true(add("added", "b pe " KEY));
    expect_contents("added", "a pe " KEY "\nb pe " KEY "\n");
    assert_int_equal(stat(pki_path("added"), &status), 0);
    assert_int_equal(status.st_uid, 12345);
    assert_int_equal(status.st_mode & 07777u, 0600);
    assert_null(key_file_load(pki_path("added"), &problem)); /* trusted for the change only */
}

/* ---- the command ---- */

/* Runs keygen with its output in the files `out` and `err`; the last argument is NULL. */
static int keygen(const char *first, ...)
{
    char *arguments[32] = {(char *)(uintptr_t) "keygen"};
    int count = 1;
    va_list list;
    va_start(list, first);
    for (const char *a = first; a != NULL && count < 31; a = va_arg(list, const char *)) {
        arguments[count++] = (char *)(uintptr_t)a;
    }
    va_end(list);
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (freopen(pki_path("out"), "w", stdout) == NULL ||
            freopen(pki_path("err"), "w", stderr) == NULL) {
            _exit(99);
        }
        int status = command_keygen(count, arguments);
        (void)fflush(NULL);
        _exit(status);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_new_key_is_printed(void **state)
{
    (void)state;
    assert_int_equal(keygen(NULL), 0);
    assert_int_equal(pki_run("grep -qxE '[0-9a-f]{64}' out && mv out first"), 0);
    assert_int_equal(keygen(NULL), 0);
    assert_int_not_equal(pki_run("cmp -s out first"), 0);
}

static void an_identity_is_added_to_both_files(void **state)
{
    (void)state;
    (void)unlink(pki_path("registrar"));
    (void)unlink(pki_path("client"));
    assert_int_equal(keygen("--identity", "web-1", "--role", "pe,pu", "--pool", "web-*", "--pool",
                            "a b", "--address", "192.0.2.1", "--key-file", pki_path("registrar"),
                            "--client-file", pki_path("client"), NULL),
                     0);
    assert_int_equal(pki_run("grep -qxE 'web-1 pe,pu [0-9a-f]{64} pool=web-\\* pool=a\\\\x20b "
                             "address=192.0.2.1' registrar"),
                     0);
    assert_int_equal(pki_run("grep -qxE 'web-1 pe,pu [0-9a-f]{64}' client"), 0);
    assert_int_equal(pki_run("test \"$(cut -d' ' -f3 client)\" = \"$(cut -d' ' -f3 registrar)\""),
                     0);
    assert_int_equal(pki_run("! grep -qE '[0-9a-f]{20}' out err"), 0);
    assert_int_equal(pki_run("grep -q 'added web-1 pe,pu' out && ! test -s err"), 0);
}

static void a_registrar_is_added_with_its_server_identifier(void **state)
{
    (void)state;
    (void)unlink(pki_path("registrar"));
    (void)unlink(pki_path("client"));
    assert_int_equal(keygen("--identity", "r-1", "--role", "pu,registrar", "--server", "0x0000000a",
                            "--pool", "x", "--key-file", pki_path("registrar"), "--client-file",
                            pki_path("client"), NULL),
                     0);
    assert_int_equal(pki_run("grep -qxE 'r-1 pu,registrar [0-9a-f]{64} server=0x0000000a pool=x' "
                             "registrar"),
                     0);
    assert_int_equal(pki_run("grep -qxE 'r-1 pu,registrar [0-9a-f]{64} server=0x0000000a' client"),
                     0);
    assert_int_equal(pki_run("grep -q 'added r-1 pu,registrar (key not shown) server=0x0000000a "
                             "pool=x' out && ! test -s err"),
                     0);
    assert_int_equal(keygen("--identity", "r-2", "--role", "registrar", "--server", "10",
                            "--key-file", pki_path("registrar"), NULL),
                     1);
    assert_int_equal(pki_run("grep -q 'registrar:2: line 1 has the same server identifier' err"),
                     0);
    assert_int_equal(keygen("--identity", "r-2", "--role", "registrar", "-s", "0", "--key-file",
                            pki_path("registrar"), NULL),
                     1);
    assert_int_equal(pki_run("grep -q '1 to 4294967295, or 0x1 to 0xffffffff' err"), 0);
    assert_int_equal(pki_run("test $(wc -l < registrar) = 1"), 0);
}

static void the_role_registrar_and_a_server_go_together(void **state)
{
    (void)state;
    (void)unlink(pki_path("x"));
    assert_int_equal(
        keygen("--identity", "r", "--role", "pu,registrar", "--key-file", pki_path("x"), NULL), 2);
    assert_int_equal(pki_run("grep -q -- '--server is missing: .*--server 0x00000001' err"), 0);
    assert_int_equal(keygen("--identity", "r", "--role", "pe,pu", "--server", "1", "--key-file",
                            pki_path("x"), NULL),
                     2);
    assert_int_equal(pki_run("grep -q -- '--server is for the role registrar' err"), 0);
    assert_int_equal(keygen("--identity", "r", "--role", "registrar", "--server", "1 pool=*",
                            "--key-file", pki_path("x"), NULL),
                     2);
    assert_int_equal(keygen("--server", "1", NULL), 2);
    assert_int_equal(access(pki_path("x"), F_OK), -1);
}

static void a_fault_in_either_file_changes_neither(void **state)
{
    (void)state;
    assert_int_equal(pki_write("registrar", "old pe " KEY "\n"), 0);
    assert_int_equal(pki_write("client", "web pe " KEY "\n"), 0);
    assert_int_equal(keygen("--identity", "web", "--role", "pe", "--key-file",
                            pki_path("registrar"), "--client-file", pki_path("client"), NULL),
                     1);
    assert_int_equal(keygen("--identity", "old", "--role", "pe", "--key-file",
                            pki_path("registrar"), "--client-file", pki_path("client"), NULL),
                     1);
    assert_int_equal(
        keygen("--identity", "x", "--role", "owner", "--key-file", pki_path("registrar"), NULL), 1);
    assert_int_equal(keygen("--identity", "x", "--role", "pe", "--key-file", "/nowhere/keys", NULL),
                     1);
    expect_contents("registrar", "old pe " KEY "\n");
    expect_contents("client", "web pe " KEY "\n");
}

static void wrong_usage_is_told_from_failure(void **state)
{
    (void)state;
    assert_int_equal(keygen("--help", NULL), 0);
    assert_int_equal(pki_run("grep -q '^usage: poolproof keygen' out"), 0);
    assert_int_equal(keygen("--identity", "x", NULL), 2);
    assert_int_equal(keygen("--identity", "x", "--role", "pe", NULL), 2);
    assert_int_equal(keygen("--role", "pe", "--key-file", pki_path("x"), NULL), 2);
    assert_int_equal(keygen("--bits", "3", NULL), 2);
    assert_int_equal(keygen("stray", NULL), 2);
    assert_int_equal(
        keygen("--identity", "two words", "--role", "pe", "--key-file", pki_path("x"), NULL), 2);
    assert_int_equal(access(pki_path("x"), F_OK), -1);
}

static int make_folder(void **state)
{
    (void)state;
    return pki_open();
}

static int remove_folder(void **state)
{
    (void)state;
    return pki_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_gives_identity_key_and_rights),
        cmocka_unit_test(a_pattern_may_escape_any_byte),
        cmocka_unit_test(a_registrar_has_its_server_identifier),
        cmocka_unit_test(an_empty_file_knows_nobody),
        cmocka_unit_test(an_identity_is_found_by_its_exact_bytes),
        cmocka_unit_test(a_refusal_names_line_column_and_remedy),
        cmocka_unit_test(a_misplaced_key_is_not_shown),
        cmocka_unit_test(an_identity_has_one_line),
        cmocka_unit_test(an_address_has_to_be_one),
        cmocka_unit_test(a_server_identifier_belongs_to_a_registrar),
        cmocka_unit_test(a_server_identifier_has_32_bits_and_is_not_0),
        cmocka_unit_test(limits_are_named),
        cmocka_unit_test(more_identities_than_the_rules_hold_are_refused),
        cmocka_unit_test(only_its_owner_may_read_a_key_file),
        cmocka_unit_test(a_key_file_belongs_to_us_or_root),
        cmocka_unit_test(a_key_file_may_belong_to_the_user_we_shall_become),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(keys_are_refused_where_memory_cannot_be_locked),
        cmocka_unit_test(a_public_file_needs_no_locked_memory),
        cmocka_unit_test(a_line_is_added_to_a_new_or_an_old_file),
        cmocka_unit_test(a_line_that_makes_the_file_bad_changes_nothing),
        cmocka_unit_test(a_change_that_is_not_committed_leaves_no_trace),
        cmocka_unit_test(a_symbolic_link_is_followed),
        cmocka_unit_test(root_adds_to_the_file_of_another_user),
        cmocka_unit_test(a_new_key_is_printed),
        cmocka_unit_test(an_identity_is_added_to_both_files),
        cmocka_unit_test(a_registrar_is_added_with_its_server_identifier),
        cmocka_unit_test(the_role_registrar_and_a_server_go_together),
        cmocka_unit_test(a_fault_in_either_file_changes_neither),
        cmocka_unit_test(wrong_usage_is_told_from_failure),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
