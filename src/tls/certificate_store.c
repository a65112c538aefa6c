/* Loads what certificate_store.h describes. Owns what it hands out until the matching free. */
#include "certificate_store.h"
#include "certificate_check.h"
#include "certificate_key_form.h"
#include "certificate_names.h"
#include "guarded_file.h"
#include "pem_reader.h"
#include "secret_memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RSA_BITS_MIN 2048u

/* A private key's DER: 2.4 KB for RSA 4096, and its PKCS #8 frame. */
#define PRIVATE_KEY_MAX 4096u

/* ---- PEM files ---- */

/* A file being read object by object. */
struct source {
    const char *path;
    struct guarded_file file;
    struct pem_reader reader;
    struct pem_object object;
    struct secure_problem *problem;
};

static bool source_open(struct source *source, const char *path, enum guarded_kind kind,
                        size_t capacity, struct secure_problem *problem)
{
    memset(source, 0, sizeof *source);
    source->path = path;
    source->problem = problem;
    if (!guarded_file_read(&source->file, path, kind, problem)) {
        return false;
    }
    source->object.capacity = capacity;
    source->object.bytes = secret_memory_new(capacity);
    if (source->object.bytes == NULL) {
        secure_problem_at(problem, path, 0, 0, "no locked memory: %s", strerror(errno));
        guarded_file_free(&source->file);
        return false;
    }
    pem_reader_init(&source->reader, source->file.bytes, source->file.length);
    return true;
}

static void source_close(struct source *source)
{
    secret_memory_free(source->object.bytes, source->object.capacity);
    guarded_file_free(&source->file);
}

/* Says what is wrong with the object at hand; returns false for its callers' sake. */
static bool refuse(const struct source *source, const char *what)
{
    secure_problem_at(source->problem, source->path, source->object.line, 0, "%s", what);
    return false;
}

/* The next object: 1, none left: 0, trouble: -1 with the problem filled. */
static int source_next(struct source *source)
{
    switch (pem_reader_next(&source->reader, &source->object)) {
    case PEM_OBJECT:
        return 1;
    case PEM_END:
        return 0;
    case PEM_LARGE:
        (void)refuse(source, "this object is too large");
        return -1;
    case PEM_BROKEN:
    default:
        secure_problem_at(source->problem, source->path, source->reader.line, 0,
                          "broken PEM text before this line; copy the file again");
        return -1;
    }
}

/* ---- one certificate ---- */

static void *copy_bytes(const void *bytes, size_t length)
{
    void *copy = malloc(length > 0 ? length : 1);
    if (copy != NULL) {
        memcpy(copy, bytes, length);
    }
    return copy;
}

/* A subject's distinguished name, as the decoder hands it out. */
struct name_copy {
    uint8_t *bytes;
    size_t length;
    bool failed;
};

static void append_name(void *context, const void *bytes, size_t length)
{
    struct name_copy *name = context;
    uint8_t *larger = name->failed ? NULL : realloc(name->bytes, name->length + length);
    if (larger == NULL) {
        name->failed = true;
        return;
    }
    memcpy(larger + name->length, bytes, length);
    name->bytes = larger;
    name->length += length;
}

static bool is_certificate(const char *name)
{
    return strcmp(name, "CERTIFICATE") == 0 || strcmp(name, "X509 CERTIFICATE") == 0;
}

/* ---- trust anchors ---- */

static bool copy_public_key(br_x509_pkey *to, const br_x509_pkey *from)
{
    to->key_type = from->key_type;
    if (from->key_type == BR_KEYTYPE_RSA) {
        to->key.rsa.nlen = from->key.rsa.nlen;
        to->key.rsa.elen = from->key.rsa.elen;
        to->key.rsa.n = copy_bytes(from->key.rsa.n, from->key.rsa.nlen);
        to->key.rsa.e = copy_bytes(from->key.rsa.e, from->key.rsa.elen);
        return to->key.rsa.n != NULL && to->key.rsa.e != NULL;
    }
    to->key.ec.curve = from->key.ec.curve;
    to->key.ec.qlen = from->key.ec.qlen;
    to->key.ec.q = copy_bytes(from->key.ec.q, from->key.ec.qlen);
    return to->key.ec.q != NULL;
}

static void anchor_free(br_x509_trust_anchor *anchor)
{
    free(anchor->dn.data);
    if (anchor->pkey.key_type == BR_KEYTYPE_RSA) {
        free(anchor->pkey.key.rsa.n);
        free(anchor->pkey.key.rsa.e);
    } else if (anchor->pkey.key_type == BR_KEYTYPE_EC) {
        free(anchor->pkey.key.ec.q);
    }
}

/* RSA moduli come without leading zeroes from the decoder. */
static bool key_is_decent(const br_x509_pkey *key)
{
    return key->key_type != BR_KEYTYPE_RSA || key->key.rsa.nlen >= CERTIFICATE_RSA_MIN;
}

/* Whether a decoded certificate may be a trust anchor. */
static bool anchor_is_fit(const struct source *source, br_x509_decoder_context *decoder)
{
    br_x509_pkey *key = br_x509_decoder_get_pkey(decoder);
    if (key == NULL) {
        return refuse(source, "this certificate cannot be decoded");
    }
    if (!br_x509_decoder_isCA(decoder)) {
        return refuse(source, "this certificate is not a certification authority (no basic "
                              "constraint CA:TRUE); name the authority that issued it");
    }
    if (!key_is_decent(key)) {
        return refuse(source, "this authority's RSA key has less than 2048 bits");
    }
    switch (certificate_issuer_check(source->object.bytes, (uint32_t)source->object.length)) {
    case CERTIFICATE_ACCEPTED:
        return true;
    case CERTIFICATE_CONSTRAINED:
        return refuse(source, "this authority has name constraints, which are not evaluated");
    case CERTIFICATE_EXTENSION_TWICE:
        return refuse(source, "this certificate has an extension twice; have it issued again");
    default:
        return refuse(source, "this certificate is malformed");
    }
}

/* Turns the certificate at hand into a trust anchor. */
static bool anchor_decode(const struct source *source, br_x509_trust_anchor *anchor)
{
    struct name_copy name = {NULL, 0, false};
    br_x509_decoder_context decoder;
    memset(anchor, 0, sizeof *anchor);
    br_x509_decoder_init(&decoder, append_name, &name);
    br_x509_decoder_push(&decoder, source->object.bytes, source->object.length);
    anchor->dn.data = name.bytes;
    anchor->dn.len = name.length;
    anchor->flags = BR_X509_TA_CA;
    if (!anchor_is_fit(source, &decoder)) {
        return false;
    }
    if (name.failed || !copy_public_key(&anchor->pkey, br_x509_decoder_get_pkey(&decoder))) {
        return refuse(source, "no memory");
    }
    return true;
}

static bool anchors_add(struct certificate_anchors *anchors, const struct source *source)
{
    if (!is_certificate(source->object.name)) {
        return refuse(source, "this is not a certificate; a trust anchors file has nothing else");
    }
    if (anchors->count == CERTIFICATE_ANCHORS_MAX) {
        return refuse(source, "more trust anchors than 1024; leave out those not needed");
    }
    br_x509_trust_anchor *larger =
        realloc(anchors->anchor, (anchors->count + 1) * sizeof *anchors->anchor);
    if (larger == NULL) {
        return refuse(source, "no memory");
    }
    anchors->anchor = larger;
    bool fit = anchor_decode(source, &anchors->anchor[anchors->count]);
    anchors->count++; /* also when it is not fit, so that it is freed */
    return fit;
}

static bool anchors_read(struct certificate_anchors *anchors, struct source *source)
{
    int more = source_next(source);
    while (more > 0) {
        if (!anchors_add(anchors, source)) {
            return false;
        }
        more = source_next(source);
    }
    if (more == 0 && anchors->count == 0) {
        secure_problem_at(source->problem, source->path, 0, 0,
                          "has no certificate; name a PEM file with those of your authorities");
        return false;
    }
    return more == 0;
}

bool certificate_anchors_load(struct certificate_anchors *anchors, const char *file,
                              struct secure_problem *problem)
{
    struct source source;
    anchors->anchor = NULL;
    anchors->count = 0;
    if (!source_open(&source, file, GUARDED_PUBLIC, CERTIFICATE_SIZE_MAX, problem)) {
        return false;
    }
    bool done = anchors_read(anchors, &source);
    source_close(&source);
    if (!done) {
        certificate_anchors_free(anchors);
    }
    return done;
}

void certificate_anchors_free(struct certificate_anchors *anchors)
{
    for (size_t i = 0; i < anchors->count; i++) {
        anchor_free(&anchors->anchor[i]);
    }
    free(anchors->anchor);
    anchors->anchor = NULL;
    anchors->count = 0;
}

/* ---- a server's own certificate and key ---- */

static bool chain_add(struct certificate_identity *identity, const struct source *source)
{
    if (!is_certificate(source->object.name)) {
        return refuse(source, "this is not a certificate; keep the private key in its own file");
    }
    if (identity->chain_length == CERTIFICATE_CHAIN_MAX) {
        return refuse(source, "more than 16 certificates in a chain");
    }
    br_x509_certificate *certificate = &identity->chain[identity->chain_length];
    certificate->data = copy_bytes(source->object.bytes, source->object.length);
    certificate->data_len = source->object.length;
    if (certificate->data == NULL) {
        return refuse(source, "no memory");
    }
    identity->chain_length++;
    return true;
}

static bool chain_read(struct certificate_identity *identity, struct source *source)
{
    int more = source_next(source);
    while (more > 0) {
        if (!chain_add(identity, source)) {
            return false;
        }
        more = source_next(source);
    }
    if (more == 0 && identity->chain_length == 0) {
        secure_problem_at(source->problem, source->path, 0, 0,
                          "has no certificate; name a PEM file that begins with the server's");
        return false;
    }
    return more == 0;
}

static bool chain_load(struct certificate_identity *identity, const char *file,
                       struct secure_problem *problem)
{
    struct source source;
    if (!source_open(&source, file, GUARDED_PUBLIC, CERTIFICATE_SIZE_MAX, problem)) {
        return false;
    }
    bool done = chain_read(identity, &source);
    source_close(&source);
    return done;
}

/* Whether the object at hand is a private key that the decoder can take. */
static bool key_form_is_fit(const struct source *source)
{
    const struct pem_object *object = &source->object;
    if (strcmp(object->name, "ENCRYPTED PRIVATE KEY") == 0) {
        return refuse(source, "this key is encrypted; decrypt it (openssl pkey)");
    }
    switch (certificate_key_form(object->bytes, (uint32_t)object->length)) {
    case KEY_FORM_RSA:
    case KEY_FORM_EC:
        return true;
    case KEY_FORM_LARGE:
        return refuse(source, "this key has more than 4096 bits; make a smaller one");
    case KEY_FORM_UNKNOWN:
    default:
        return refuse(source, "this is not an RSA or EC private key in a form we know");
    }
}

static bool key_size_is_fit(const struct source *source, const br_skey_decoder_context *key)
{
    const br_rsa_private_key *rsa = br_skey_decoder_get_rsa(key);
    if (rsa != NULL && rsa->n_bitlen < RSA_BITS_MIN) {
        return refuse(source, "this RSA key has less than 2048 bits; make a larger one");
    }
    return true;
}

static bool key_decode(struct certificate_identity *identity, const struct source *source)
{
    if (!key_form_is_fit(source)) {
        return false;
    }
    br_skey_decoder_init(&identity->key);
    br_skey_decoder_push(&identity->key, source->object.bytes, source->object.length);
    if (br_skey_decoder_last_error(&identity->key) != 0) {
        return refuse(source, "this private key cannot be decoded");
    }
    return key_size_is_fit(source, &identity->key);
}

/* Parameters may stand before an EC key, as OpenSSL writes them. */
static bool is_key(const char *name)
{
    return strstr(name, "PRIVATE KEY") != NULL;
}

static bool key_read(struct certificate_identity *identity, struct source *source)
{
    int more = source_next(source);
    while (more > 0 && !is_key(source->object.name)) {
        more = source_next(source);
    }
    if (more == 0) {
        secure_problem_at(source->problem, source->path, 0, 0,
                          "has no private key; name the PEM file of the certificate's key");
    }
    return more > 0 && key_decode(identity, source);
}

static bool key_load(struct certificate_identity *identity, const char *file,
                     struct secure_problem *problem)
{
    struct source source;
    if (!source_open(&source, file, GUARDED_SECRET, PRIVATE_KEY_MAX, problem)) {
        return false;
    }
    bool done = key_read(identity, &source);
    source_close(&source);
    return done;
}

/* ---- do certificate and key belong together? ---- */

static bool rsa_belongs(const br_rsa_private_key *private_key, const br_rsa_public_key *public_key)
{
    uint8_t modulus[KEY_FORM_WHOLE_MAX];
    /* That of 15-bit words, because the faster ones of library 0.6 find nothing at 4096 bits. */
    size_t length = br_rsa_i15_compute_modulus(NULL, private_key);
    if (length == 0 || length > sizeof modulus || length != public_key->nlen) {
        return false;
    }
    return br_rsa_i15_compute_modulus(modulus, private_key) == length &&
           memcmp(modulus, public_key->n, length) == 0;
}

static bool ec_belongs(const br_ec_private_key *private_key, const br_ec_public_key *public_key)
{
    uint8_t point[BR_EC_KBUF_PUB_MAX_SIZE];
    size_t length = br_ec_compute_pub(br_ec_get_default(), NULL, point, private_key);
    return length != 0 && length == public_key->qlen && memcmp(point, public_key->q, length) == 0;
}

static bool key_belongs(const br_skey_decoder_context *key, const br_x509_pkey *public_key)
{
    const br_rsa_private_key *rsa = br_skey_decoder_get_rsa(key);
    const br_ec_private_key *ec = br_skey_decoder_get_ec(key);
    if (rsa != NULL && public_key->key_type == BR_KEYTYPE_RSA) {
        return rsa_belongs(rsa, &public_key->key.rsa);
    }
    return ec != NULL && public_key->key_type == BR_KEYTYPE_EC &&
           ec_belongs(ec, &public_key->key.ec);
}

static bool identity_fits_together(const struct certificate_identity *identity,
                                   const char *certificate_file, const char *private_key_file,
                                   struct secure_problem *problem)
{
    br_x509_decoder_context decoder;
    br_x509_decoder_init(&decoder, NULL, NULL);
    br_x509_decoder_push(&decoder, identity->chain[0].data, identity->chain[0].data_len);
    br_x509_pkey *public_key = br_x509_decoder_get_pkey(&decoder);
    if (public_key == NULL) {
        secure_problem_at(problem, certificate_file, 0, 0,
                          "the first certificate cannot be decoded");
        return false;
    }
    if (!key_belongs(&identity->key, public_key)) {
        secure_problem_at(problem, certificate_file, 0, 0,
                          "the first certificate does not belong to the key in %s; the server's "
                          "own certificate comes first",
                          private_key_file);
        return false;
    }
    return true;
}

struct certificate_identity *certificate_identity_load(const char *certificate_file,
                                                       const char *private_key_file,
                                                       struct secure_problem *problem)
{
    struct certificate_identity *identity = secret_memory_new(sizeof *identity);
    if (identity == NULL) {
        secure_problem_at(problem, private_key_file, 0, 0,
                          "no locked memory for the key: %s; raise the limit on locked memory "
                          "(ulimit -l, LimitMEMLOCK=)",
                          strerror(errno));
        return NULL;
    }
    if (!chain_load(identity, certificate_file, problem) ||
        !key_load(identity, private_key_file, problem) ||
        !identity_fits_together(identity, certificate_file, private_key_file, problem)) {
        certificate_identity_free(identity);
        return NULL;
    }
    return identity;
}

int certificate_identity_key_type(const struct certificate_identity *identity)
{
    return br_skey_decoder_key_type(&identity->key);
}

void certificate_identity_free(struct certificate_identity *identity)
{
    if (identity == NULL) {
        return;
    }
    for (size_t i = 0; i < identity->chain_length; i++) {
        free(identity->chain[i].data);
    }
    secret_memory_free(identity, sizeof *identity);
}
