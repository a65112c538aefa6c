/* Log and audit lines: see log.h. */
#include "log.h"

#include "clock_source.h"
#include "text_pool_handle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define LINES_PER_SECOND 500u

static enum log_format chosen_format = LOG_FORMAT_AUTO;
static enum log_level lowest_level = LEVEL_INFO;
static int audit_descriptor = STDERR_FILENO;

void log_set_format(enum log_format format)
{
    chosen_format = format;
}

void log_set_level(enum log_level level)
{
    lowest_level = level;
}

void log_set_audit_descriptor(int fd)
{
    audit_descriptor = fd;
}

static bool plain(int fd)
{
    if (fd != STDERR_FILENO)
        return false;
    if (chosen_format == LOG_FORMAT_AUTO)
        return isatty(STDERR_FILENO) == 1;
    return chosen_format == LOG_FORMAT_PLAIN;
}

static void time_text(char text[40])
{
    struct timespec now;
    struct tm utc;
    size_t n;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    n = strftime(text, 40, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + n, 40 - n, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

static void write_line(int fd, const char *text)
{
    struct iovec parts[2] = {{.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)},
                             {.iov_base = (void *)(uintptr_t) "\n", .iov_len = 1}};

    /* A log that cannot be written has nowhere to be complained about. */
    (void)!writev(fd, parts, 2);
}

static void write_json(int fd, const char *level, const char *type, const char *event,
                       json_t *fields)
{
    char when[40];

    time_text(when);
    json_t *line =
        json_pack("{s:s,s:s,s:s,s:s}", "time", when, "level", level, "type", type, "event", event);
    if (line == NULL)
        return;
    if (fields != NULL)
        json_object_update_missing(line, fields);
    char *text = json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (text != NULL)
        write_line(fd, text);
    free(text);
    json_decref(line);
}

static void append_field(char *line, size_t room, const char *key, json_t *value)
{
    size_t used = strlen(line);

    if (json_is_string(value)) {
        snprintf(line + used, room - used, " %s=%s", key, json_string_value(value));
        return;
    }
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    snprintf(line + used, room - used, " %s=%s", key, text != NULL ? text : "?");
    free(text);
}

static void write_plain_line(const char *level, const char *event, json_t *fields)
{
    char line[1024];
    char when[40];

    time_text(when);
    snprintf(line, sizeof line, "%s %-7s %s", when, level, event);
    for (void *i = json_object_iter(fields); i != NULL; i = json_object_iter_next(fields, i))
        append_field(line, sizeof line, json_object_iter_key(i), json_object_iter_value(i));
    write_line(STDERR_FILENO, line);
}

static void write_event(int fd, const char *level, const char *type, const char *event,
                        json_t *fields)
{
    if (plain(fd))
        write_plain_line(level, event, fields);
    else
        write_json(fd, level, type, event, fields);
    json_decref(fields);
}

/* Counts lines of the running second; false when this one is held back. */
static bool within_limit(void)
{
    static uint64_t second;
    static uint32_t lines;
    static uint32_t held_back;
    uint64_t now = clock_milliseconds() / 1000u;

    if (now != second) {
        uint32_t missing = held_back;
        second = now;
        lines = held_back = 0;
        if (missing > 0)
            write_event(STDERR_FILENO, "warning", "log", "log.held-back",
                        json_pack("{s:I}", "lines", (json_int_t)missing));
    }
    if (lines >= LINES_PER_SECOND) {
        held_back++;
        return false;
    }
    lines++;
    return true;
}

void log_event(enum log_level level, const char *event, json_t *fields)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};

    if (level < lowest_level || (level < LEVEL_ERROR && !within_limit())) {
        json_decref(fields);
        return;
    }
    write_event(STDERR_FILENO, names[level], "log", event, fields);
}

void log_audit(const char *event, json_t *fields)
{
    write_event(audit_descriptor, "notice", "audit", event, fields);
}

void text_of_bytes(const uint8_t *bytes, size_t length, char *text, size_t room)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < length && used + 5 < room; i++) {
        bool clear = bytes[i] > 0x20 && bytes[i] < 0x7f && bytes[i] != '\\' && bytes[i] != '*';
        used += (size_t)snprintf(text + used, room - used, clear ? "%c" : "\\x%02x", bytes[i]);
    }
}

json_t *json_bytes(const uint8_t *bytes, size_t length)
{
    char text[4 * 256 + 8];

    text_of_bytes(bytes, length, text, sizeof text);
    return json_string(text);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Why the symbol at `position` of a handle's text, its zero included, may not follow what was read. */
static void explain_refusal(uint8_t state, size_t position, uint8_t symbol)
{
    bool between = state == text_pool_handle_start() || text_pool_handle_final(state);

    if (!between)
        fprintf(stderr,
                "poolproof: pool handle, byte %zu: a backslash begins \\xNN with two hexadecimal "
                "digits; write \\x5c for the backslash itself\n",
                position);
    else if (symbol != '\0')
        fprintf(stderr,
                "poolproof: pool handle, byte %zu: 0x%02x cannot stand there as it is; write "
                "\\x%02x\n",
                position, symbol, symbol);
    else
        fprintf(stderr, "poolproof: pool handle: it is empty\n");
}

static uint32_t refuse_longer_than(size_t room)
{
    fprintf(stderr, "poolproof: pool handle: it is longer than %zu bytes\n", room);
    return 0;
}

/* Puts what a symbol means into `byte`; true when the byte is whole by it. */
static bool take_symbol(uint8_t action, char symbol, uint8_t *byte)
{
    switch (action) {
    case TEXT_POOL_HANDLE_BYTE:
        *byte = (uint8_t)symbol;
        return true;
    case TEXT_POOL_HANDLE_ESCAPE_HIGH:
        *byte = (uint8_t)(hex_digit(symbol) * 16);
        return false;
    case TEXT_POOL_HANDLE_ESCAPE_LOW:
        *byte = (uint8_t)(*byte + hex_digit(symbol));
        return true;
    default:
        return false;
    }
}

uint32_t bytes_of_text(const char *text, uint8_t *bytes, size_t room)
{
    uint8_t state = text_pool_handle_start();
    uint8_t byte = 0;
    uint32_t n = 0;
    size_t i = 0;

    for (; text[i] != '\0'; i++) {
        uint8_t action = text_pool_handle_action(state, (uint8_t)text[i]);
        uint8_t next = text_pool_handle_step(state, (uint8_t)text[i]);
        if (next == 0)
            break;
        state = next;
        if (!take_symbol(action, text[i], &byte))
            continue;
        if (n == room)
            return refuse_longer_than(room);
        bytes[n++] = byte;
    }
    if (text[i] == '\0' && text_pool_handle_final(state))
        return n;
    explain_refusal(state, i + 1, (uint8_t)text[i]);
    return 0;
}
