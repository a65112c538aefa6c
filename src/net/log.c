/* Log and audit lines: see log.h. */
#include "log.h"

#include "clock_source.h"

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
        bool clear = bytes[i] > 0x20 && bytes[i] < 0x7f && bytes[i] != '\\';
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

uint32_t bytes_of_text(const char *text, uint8_t *bytes, size_t room)
{
    uint32_t n = 0;

    while (*text != '\0') {
        int value = (unsigned char)*text++;
        if (n == room)
            return 0;
        if (value == '\\') {
            if (text[0] != 'x' || hex_digit(text[1]) < 0 || hex_digit(text[2]) < 0)
                return 0;
            value = hex_digit(text[1]) * 16 + hex_digit(text[2]);
            text += 3;
        }
        bytes[n++] = (uint8_t)value;
    }
    return n;
}
