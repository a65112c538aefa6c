/* The command `poolproof decode`: options, files and printing. What a message says is found by the
 * generated decoders (gen/) and put into words by message_report.c.
 */
#include "command_decode.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "message_report.h"
#include "wire_names.h"

/* The largest message with its padding, and one byte more to notice what follows it. */
#define INPUT_MAX (WIRE_LENGTH_MAX + 2u)
#define PATH_MAX_BYTES 256u

struct decode_options {
    bool enrp;
    bool json;
    bool help;
    const char *reencode; /* NULL: not asked for */
};

/* A message in memory, and what became of it. */
struct input {
    const char *name;
    uint32_t length;
    uint8_t bytes[INPUT_MAX];
    uint32_t reencoded_length; /* WIRE_FULL: could not be encoded */
    uint8_t reencoded[INPUT_MAX];
};

static const char usage[] =
    "usage: poolproof decode [--protocol asap|enrp] [--json] [--reencode FILE] FILE...\n"
    "  --protocol P     asap (default) or enrp: a message itself does not say\n"
    "  --json           one JSON object a line instead of one field a line\n"
    "  --reencode FILE  also write the message as Poolproof would send it (one input only)\n"
    "  FILE             one message each; - is the standard input\n";

/* `value`: what was given instead; NULL: nothing. `problem` NULL: it was said already. */
static int usage_error(const char *problem, const char *value)
{
    if (value != NULL)
        fprintf(stderr, "poolproof decode: %s, not \"%s\"\n", problem, value);
    else if (problem != NULL)
        fprintf(stderr, "poolproof decode: %s\n", problem);
    fputs(usage, stderr);
    return EXIT_DECODE_USAGE;
}

static bool read_input(struct input *input)
{
    const bool standard = strcmp(input->name, "-") == 0;
    FILE *file = standard ? stdin : fopen(input->name, "rb");
    bool failed = file == NULL;

    if (!failed) {
        input->length = (uint32_t)fread(input->bytes, 1, sizeof input->bytes, file);
        failed = ferror(file) != 0;
    }
    if (failed)
        fprintf(stderr, "%s: %s\n", input->name, strerror(errno));
    if (file != NULL && !standard)
        fclose(file);
    return !failed;
}

static bool write_file(const char *name, const uint8_t *bytes, uint32_t length)
{
    FILE *file = fopen(name, "wb");
    bool written = file != NULL && fwrite(bytes, 1, length, file) == length;

    if (file != NULL && fclose(file) != 0)
        written = false;
    if (!written)
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
    return written;
}

static void print_malformed(const char *name, const struct wire_error *error)
{
    const char *cause = wire_rejection_name(error->rejection);
    const char *expected = wire_rejection_expected(error->rejection);

    fprintf(stderr, "%s: %s, offset %" PRIu32 ", expected %s\n", name, cause, error->offset,
            expected);
}

/* Decodes and, if that succeeds, encodes again. The report, or NULL with *error filled. */
static json_t *decode_asap(struct input *input, struct wire_error *error)
{
    struct asap_message message;

    if (!asap_decode(input->bytes, input->length, &message, error))
        return NULL;
    input->reencoded_length = asap_encode(&message, input->bytes, input->length, input->reencoded,
                                          sizeof input->reencoded);
    return message_report_asap(input->bytes, input->length, &message);
}

static json_t *decode_enrp(struct input *input, struct wire_error *error)
{
    struct enrp_message message;

    if (!enrp_decode(input->bytes, input->length, &message, error))
        return NULL;
    input->reencoded_length = enrp_encode(&message, input->bytes, input->length, input->reencoded,
                                          sizeof input->reencoded);
    return message_report_enrp(input->bytes, input->length, &message);
}

static void print_value(const char *path, const json_t *value)
{
    if (json_is_string(value))
        printf("%s: %s\n", path, json_string_value(value));
    else if (json_is_integer(value))
        printf("%s: %" JSON_INTEGER_FORMAT "\n", path, json_integer_value(value));
    else
        printf("%s: %s\n", path, json_is_true(value) ? "true" : "false");
}

/* One line for each leaf, named by its path: pool_elements[0].policy.type: 0x00000001. A report is
 * six levels deep at most. */
static void print_tree(const char *path, json_t *value)
{
    char inner[PATH_MAX_BYTES];
    const char *key;
    json_t *member;
    size_t index;

    if (json_is_object(value)) {
        json_object_foreach(value, key, member)
        {
            snprintf(inner, sizeof inner, "%s%s%s", path, *path == '\0' ? "" : ".", key);
            print_tree(inner, member);
        }
    } else if (json_is_array(value)) {
        json_array_foreach(value, index, member)
        {
            snprintf(inner, sizeof inner, "%s[%zu]", path, index);
            print_tree(inner, member);
        }
    } else {
        print_value(path, value);
    }
}

static void print_report(const struct decode_options *options, json_t *report)
{
    if (options->json) {
        json_dumpf(report, stdout, JSON_COMPACT);
        putchar('\n');
    } else {
        print_tree("", report);
    }
}

/* Pool handles may hold any byte, and are escaped to ASCII; the name of a file is shown as it is. */
static void print_name(const struct decode_options *options, const struct input *input,
                       bool several)
{
    if (several && !options->json)
        printf("file: %s\n", input->name);
}

static int decode_one(const struct decode_options *options, struct input *input, bool several)
{
    struct wire_error error;
    json_t *report;

    if (!read_input(input))
        return EXIT_DECODE_USAGE;
    report = options->enrp ? decode_enrp(input, &error) : decode_asap(input, &error);
    if (report == NULL) {
        print_malformed(input->name, &error);
        return EXIT_DECODE_MALFORMED;
    }
    print_name(options, input, several);
    print_report(options, report);
    json_decref(report);
    if (options->reencode != NULL &&
        !write_file(options->reencode, input->reencoded, input->reencoded_length))
        return EXIT_DECODE_USAGE;
    return EXIT_DECODE_GOOD;
}

/* EXIT_DECODE_GOOD: go on with the files from argv[optind]. */
static int read_options(int argc, char **argv, struct decode_options *options)
{
    static const struct option known[] = {{"protocol", required_argument, NULL, 'p'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"reencode", required_argument, NULL, 'r'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'p' && strcmp(optarg, "enrp") == 0)
            options->enrp = true;
        else if (option == 'p' && strcmp(optarg, "asap") == 0)
            options->enrp = false;
        else if (option == 'p')
            return usage_error("--protocol is asap or enrp", optarg);
        else if (option == 'j')
            options->json = true;
        else if (option == 'r')
            options->reencode = optarg;
        else if (option == 'h')
            options->help = true;
        else
            return usage_error(NULL, NULL); /* getopt_long() has named it */
    }
    if (options->help)
        return EXIT_DECODE_GOOD;
    if (optind == argc)
        return usage_error("no FILE", NULL);
    if (options->reencode != NULL && argc - optind > 1)
        return usage_error("--reencode takes a single FILE", NULL);
    return EXIT_DECODE_GOOD;
}

int command_decode(int argc, char **argv)
{
    static struct input input;
    struct decode_options options = {0};
    int result = read_options(argc, argv, &options);
    const bool several = argc - optind > 1;

    if (result == EXIT_DECODE_GOOD && options.help)
        fputs(usage, stdout);
    if (result != EXIT_DECODE_GOOD || options.help)
        return result;
    for (int i = optind; i < argc; i++) {
        input.name = argv[i];
        const int one = decode_one(&options, &input, several);

        if (one > result)
            result = one;
    }
    return result;
}
