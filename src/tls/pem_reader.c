/* Drives br_pem_decoder over a text in memory. */
#include "pem_reader.h"
#include "secret_memory.h"

#include <bearssl.h>
#include <stdbool.h>
#include <string.h>

/* What one call works with. */
struct reading {
    br_pem_decoder_context decoder;
    struct pem_object *object;
    bool inside;   /* between BEGIN and END */
    bool overflow; /* the object does not fit */
    bool ended;    /* the newline after the last byte was given */
};

void pem_reader_init(struct pem_reader *reader, const uint8_t *text, size_t length)
{
    reader->text = text;
    reader->length = length;
    reader->position = 0;
    reader->line = 1;
}

static void keep_bytes(void *context, const void *bytes, size_t length)
{
    struct reading *reading = context;
    struct pem_object *object = reading->object;
    if (length > object->capacity - object->length) {
        reading->overflow = true;
        return;
    }
    memcpy(object->bytes + object->length, bytes, length);
    object->length += length;
}

static void begin_object(struct reading *reading, uint32_t line)
{
    struct pem_object *object = reading->object;
    const char *name = br_pem_decoder_name(&reading->decoder);
    size_t length = strnlen(name, PEM_NAME_MAX);
    memcpy(object->name, name, length);
    object->name[length] = '\0';
    object->line = line;
    object->length = 0;
    reading->inside = true;
    reading->overflow = false;
    br_pem_decoder_setdest(&reading->decoder, keep_bytes, reading);
}

/* Gives the decoder what is left of the text, up to its next event, and counts lines. After the
 * last byte it gives one newline more, because the decoder acts on whole lines. False when that
 * is done. */
static bool push_some(struct pem_reader *reader, struct reading *reading)
{
    size_t left = reader->length - reader->position;
    if (left == 0) {
        bool first = !reading->ended;
        reading->ended = true;
        return first && br_pem_decoder_push(&reading->decoder, "\n", 1) <= 1;
    }
    size_t pushed = br_pem_decoder_push(&reading->decoder, reader->text + reader->position, left);
    for (size_t i = 0; i < pushed; i++) {
        if (reader->text[reader->position + i] == '\n') {
            reader->line++;
        }
    }
    reader->position += pushed;
    return true;
}

static enum pem_outcome read_object(struct pem_reader *reader, struct reading *reading)
{
    while (push_some(reader, reading)) {
        switch (br_pem_decoder_event(&reading->decoder)) {
        case BR_PEM_BEGIN_OBJ:
            begin_object(reading, reader->line - 1u); /* the BEGIN line is behind us */
            break;
        case BR_PEM_END_OBJ:
            return reading->overflow ? PEM_LARGE : PEM_OBJECT;
        case BR_PEM_ERROR:
            return PEM_BROKEN;
        default:
            break;
        }
    }
    return reading->inside ? PEM_BROKEN : PEM_END;
}

enum pem_outcome pem_reader_next(struct pem_reader *reader, struct pem_object *object)
{
    struct reading reading;
    memset(&reading, 0, sizeof reading);
    reading.object = object;
    br_pem_decoder_init(&reading.decoder);
    enum pem_outcome outcome = read_object(reader, &reading);
    secret_wipe(&reading, sizeof reading);
    return outcome;
}
