/* The key file of key_file.h: lines by key_file_line.h, rights into access rules, keys into locked
 * memory. Owns both until key_file_free. No message ever quotes what stands in the file, since a
 * misplaced blank can make a key stand anywhere.
 */
#include "key_file.h"
#include "access.h"
#include "guarded_file.h"
#include "key_file_line.h"
#include "secret_memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(KEY_FILE_KEY_MIN == PSK_KEY_MIN && KEY_FILE_KEY_MAX == PSK_KEY_MAX,
               "the key file and the endpoint agree about the lengths of keys");
_Static_assert(ACCESS_NAME_MAX == TLS_IDENTITY_MAX, "and about the lengths of identities");

/* One identity; in locked memory. */
struct key_entry {
    uint32_t line; /* where it stands in the file */
    uint32_t length;
    char name[ACCESS_NAME_MAX + 1]; /* zeroes after `length` bytes */
    struct psk_key key;
};

struct key_file {
    uint32_t count;
    uint32_t capacity;
    struct key_entry *entry;
    struct access_rules
        *rules; /* much larger than what is used of it: pages of zeroes cost nothing */
};

/* What goes on while a file is read. */
struct loading {
    struct key_file *file;
    const char *name;
    struct secure_problem *problem;
    uint32_t number; /* of the line at hand, from 1 */
    struct key_file_line line;
};

/* ---- memory ---- */

static struct key_file *file_new(uint32_t capacity)
{
    struct key_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        return NULL;
    }
    file->capacity = capacity;
    file->rules = sparse_memory_new(sizeof *file->rules);
    file->entry = secret_memory_new(capacity * sizeof *file->entry);
    if (file->rules == NULL || file->entry == NULL) {
        int reason = errno;
        key_file_free(file);
        errno = reason;
        return NULL;
    }
    return file;
}

void key_file_free(struct key_file *file)
{
    if (file == NULL) {
        return;
    }
    secret_memory_free(file->entry, file->capacity * sizeof *file->entry);
    sparse_memory_free(file->rules, sizeof *file->rules);
    free(file);
}

/* ---- what is wrong with a line ---- */

/* What a byte that does not fit should have been, by how far the line was understood. */
static const char *expectation(const struct key_file_line *line)
{
    if (line->identity_length == 0) {
        return "expected an identity: printable ASCII without blanks";
    }
    if (line->roles == 0) {
        return "expected the roles after the identity: pe, pu, registrar or admin, several joined "
               "by commas without blanks";
    }
    if (line->key_length < KEY_FILE_KEY_MIN) {
        return "expected a further role after a comma, or a key of 32 to 128 hexadecimal digits "
               "(poolproof keygen makes one)";
    }
    if (line->server_given && line->server_identifier == 0) {
        return "expected a server identifier after server=: 1 to 4294967295, or 0x1 to 0xffffffff";
    }
    return "expected pool=HANDLE, pool=PREFIX*, address=IP or server=ID, or the end of the line; a "
           "key has an even number of at most 128 digits";
}

static const char *explanation(const struct key_file_line *line, uint8_t fault)
{
    switch (fault) {
    case KEY_FILE_LONG_IDENTITY:
        return "the identity has more than 128 bytes; shorten it";
    case KEY_FILE_LONG_PATTERN:
        return "the pool handle has more than 255 bytes; shorten it, or use a prefix";
    case KEY_FILE_LONG_ADDRESS:
        return "this is too long for an address";
    case KEY_FILE_MANY_POOLS:
        return "more than 16 pools for one identity; use a prefix, or two identities";
    case KEY_FILE_MANY_ADDRESSES:
        return "more than 16 addresses for one identity; use two identities";
    case KEY_FILE_BAD_SERVER:
        return "a server identifier is 1 to 4294967295, or 0x1 to 0xffffffff";
    case KEY_FILE_MANY_SERVERS:
        return "a second server=; an identity is one registrar: use two identities";
    case KEY_FILE_NO_SERVER:
        return "the role registrar needs its server identifier: add server=ID, as in "
               "server=0x00000001";
    case KEY_FILE_NO_REGISTRAR:
        return "server= is for the role registrar: add that role, or take server= away";
    default:
        return expectation(line);
    }
}

/* Returns false, for its callers' sake. */
static bool refuse(const struct loading *loading, uint32_t column, const char *why)
{
    secure_problem_at(loading->problem, loading->name, loading->number, column, "%s", why);
    return false;
}

/* ---- one entry ---- */

static bool address_read(const char *text, struct ip_address *address)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, text, address->bytes) == 1) {
        address->size = 4;
        return true;
    }
    if (inet_pton(AF_INET6, text, address->bytes) == 1) {
        address->size = 16;
        return true;
    }
    return false;
}

static bool grant_pools(const struct loading *loading, uint32_t index)
{
    const struct key_file_line *line = &loading->line;
    for (uint32_t i = 0; i < line->pool_count; i++) {
        const struct access_pattern *pool = &line->pool[i];
        if (!access_grant_pool(loading->file->rules, index, pool->bytes, pool->length,
                               pool->prefix != 0)) {
            return refuse(loading, 0, "a pool of this line cannot be granted");
        }
    }
    return true;
}

static bool grant_addresses(const struct loading *loading, uint32_t index)
{
    const struct key_file_line *line = &loading->line;
    for (uint32_t i = 0; i < line->address_count; i++) {
        struct ip_address address;
        if (!address_read(line->address[i].text, &address)) {
            return refuse(loading, 0, "an address of this line is no IPv4 or IPv6 address");
        }
        if (!access_grant_address(loading->file->rules, index, &address)) {
            return refuse(loading, 0, "an address of this line cannot be granted");
        }
    }
    return true;
}

static bool grant_server(const struct loading *loading, uint32_t index)
{
    const struct key_file *file = loading->file;
    uint32_t server = loading->line.server_identifier;
    if (server == 0 || access_grant_server(file->rules, index, server)) {
        return true;
    }
    uint32_t other = 0;
    while (other < index && file->rules->identity[other].server_identifier != server) {
        other++;
    }
    secure_problem_at(loading->problem, loading->name, loading->number, 0,
                      "line %u has the same server identifier; give each registrar its own",
                      file->entry[other].line);
    return false;
}

static void keep_key(const struct loading *loading, uint32_t index)
{
    const struct key_file_line *line = &loading->line;
    struct key_entry *entry = &loading->file->entry[index];
    entry->line = loading->number;
    entry->length = line->identity_length;
    memcpy(entry->name, line->identity, line->identity_length);
    entry->key.length = (uint8_t)line->key_length;
    memcpy(entry->key.bytes, line->key, line->key_length);
}

static bool is_new(const struct loading *loading)
{
    const struct key_file_line *line = &loading->line;
    uint32_t before =
        access_find_identity(loading->file->rules, line->identity, line->identity_length);
    if (before == IDENTITY_ANONYMOUS) {
        return true;
    }
    secure_problem_at(loading->problem, loading->name, loading->number, 1,
                      "line %u has the same identity; an identity has one line",
                      loading->file->entry[before].line);
    return false;
}

static bool add_entry(const struct loading *loading)
{
    const struct key_file_line *line = &loading->line;
    struct key_file *file = loading->file;
    if (!is_new(loading)) {
        return false;
    }
    uint32_t index =
        access_add_identity(file->rules, line->identity, line->identity_length, line->roles);
    if (index >= file->capacity) {
        return refuse(loading, 0, "more identities than 4096");
    }
    keep_key(loading, index);
    file->count = index + 1u;
    return grant_pools(loading, index) && grant_addresses(loading, index) &&
           grant_server(loading, index);
}

/* ---- the whole file ---- */

static bool take_line(struct loading *loading, const uint8_t *text, size_t length)
{
    struct key_file_verdict verdict;
    if (length > KEY_FILE_LINE_MAX) {
        return refuse(loading, 0, "a line of more than 65535 bytes; is this a key file?");
    }
    if (!key_file_line_read(text, (uint32_t)length, &loading->line, &verdict)) {
        return refuse(loading, verdict.column, explanation(&loading->line, verdict.fault));
    }
    return loading->line.identity_length == 0 || add_entry(loading);
}

static size_t line_length(const uint8_t *text, size_t length)
{
    const uint8_t *newline = memchr(text, '\n', length);
    return newline == NULL ? length : (size_t)(newline - text);
}

static bool take_lines(struct loading *loading, const uint8_t *text, size_t length)
{
    size_t position = 0;
    while (position < length) {
        size_t line = line_length(text + position, length - position);
        loading->number++;
        if (!take_line(loading, text + position, line)) {
            return false;
        }
        position += line + 1u;
    }
    return true;
}

/* Enough room for a text: it has no more identities than lines. */
static uint32_t capacity_for(const uint8_t *text, size_t length)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < length && lines < ACCESS_IDENTITIES_MAX; i++) {
        if (text[i] == '\n') {
            lines++;
        }
    }
    return lines;
}

static struct key_file *parse(struct loading *loading, const uint8_t *text, size_t length)
{
    loading->file = file_new(capacity_for(text, length));
    if (loading->file == NULL) {
        secure_problem_at(loading->problem, loading->name, 0, 0,
                          "no locked memory for the keys: %s; raise the limit on locked memory "
                          "(ulimit -l, LimitMEMLOCK=)",
                          strerror(errno));
        return NULL;
    }
    if (!take_lines(loading, text, length)) {
        key_file_free(loading->file);
        return NULL;
    }
    return loading->file;
}

struct key_file *key_file_parse(const char *name, const uint8_t *text, size_t length,
                                struct secure_problem *problem)
{
    struct loading *loading = secret_memory_new(sizeof *loading);
    if (loading == NULL) {
        secure_problem_at(problem, name, 0, 0,
                          "no locked memory: %s; raise the limit on locked memory (ulimit -l, "
                          "LimitMEMLOCK=)",
                          strerror(errno));
        return NULL;
    }
    loading->name = name;
    loading->problem = problem;
    struct key_file *file = parse(loading, text, length);
    secret_memory_free(loading, sizeof *loading);
    return file;
}

struct key_file *key_file_load(const char *path, struct secure_problem *problem)
{
    struct guarded_file source;
    if (!guarded_file_read(&source, path, GUARDED_SECRET, problem)) {
        return NULL;
    }
    struct key_file *file = key_file_parse(path, source.bytes, source.length, problem);
    guarded_file_free(&source);
    return file;
}

/* ---- questions ---- */

uint32_t key_file_count(const struct key_file *file)
{
    return file->count;
}

/* 0 when an entry has exactly this name, given with zeroes after its end. */
static uint32_t difference(const struct key_entry *entry, const uint8_t name[ACCESS_NAME_MAX],
                           uint32_t length)
{
    uint32_t difference = entry->length ^ length;
    for (uint32_t i = 0; i < ACCESS_NAME_MAX; i++) {
        difference |= (uint8_t)entry->name[i] ^ (uint32_t)name[i];
    }
    return difference;
}

uint32_t key_file_find(const struct key_file *file, const uint8_t *identity, uint32_t length)
{
    uint8_t name[ACCESS_NAME_MAX] = {0};
    uint32_t found = KEY_FILE_NONE;
    if (length == 0 || length > ACCESS_NAME_MAX) {
        return KEY_FILE_NONE;
    }
    memcpy(name, identity, length);
    for (uint32_t i = 0; i < file->count; i++) {
        found = difference(&file->entry[i], name, length) == 0 ? i : found;
    }
    return found;
}

const char *key_file_identity(const struct key_file *file, uint32_t index)
{
    return file->entry[index].name;
}

const struct psk_key *key_file_key(const struct key_file *file, uint32_t index)
{
    return &file->entry[index].key;
}

const struct access_rules *key_file_rules(const struct key_file *file)
{
    return file->rules;
}
