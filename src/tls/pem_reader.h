/* The objects of a PEM text, one after the other (RFC 7468), by BearSSL's decoder. */
#ifndef POOLPROOF_TLS_PEM_READER_H
#define POOLPROOF_TLS_PEM_READER_H

#include <stddef.h>
#include <stdint.h>

#define PEM_NAME_MAX 127u

struct pem_reader {
    const uint8_t *text; /* the caller's */
    size_t length;
    size_t position; /* first byte not read yet */
    uint32_t line;   /* of `position`, from 1 */
};

/* One decoded object. The caller owns `bytes` and sets `capacity` before it asks. */
struct pem_object {
    char name[PEM_NAME_MAX + 1]; /* "CERTIFICATE", "PRIVATE KEY", ... in capitals */
    uint32_t line;               /* where it begins */
    uint8_t *bytes;
    size_t capacity;
    size_t length;
};

enum pem_outcome {
    PEM_OBJECT = 0, /* `object` is filled */
    PEM_END = 1,    /* no further object */
    PEM_BROKEN = 2, /* not base64, or no END line; reader->line says where */
    PEM_LARGE = 3   /* an object of more than `capacity` bytes */
};

void pem_reader_init(struct pem_reader *reader, const uint8_t *text, size_t length);

/* Reads the next object. Nothing decoded stays behind in memory of its own. */
enum pem_outcome pem_reader_next(struct pem_reader *reader, struct pem_object *object);

#endif
