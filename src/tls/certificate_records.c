/* The derived record classes of certificate_records.h. Each wraps BearSSL's function of the same
 * place; none touches a field of a context. */
#include "certificate_records.h"

#define AES_BLOCK 16u
#define RECORD_ALERT 21
#define RECORD_HEADER 5u
#define ALERT_FATAL 2u

static _Thread_local certificate_out_context latest_out;

certificate_out_context certificate_records_taken(void)
{
    certificate_out_context taken = latest_out;
    latest_out = NULL;
    return taken;
}

/* ---- incoming CBC ---- */

static int whole_blocks(const br_sslrec_in_class *const *context, size_t length)
{
    return length % AES_BLOCK == 0 &&
           br_sslrec_in_cbc_vtable.inner.check_length(context, length) != 0;
}

static unsigned char *decrypt_cbc(const br_sslrec_in_class **context, int type, unsigned version,
                                  void *payload, size_t *length)
{
    return br_sslrec_in_cbc_vtable.inner.decrypt(context, type, version, payload, length);
}

static void start_cbc_in(const br_sslrec_in_cbc_class **context,
                         const br_block_cbcdec_class *cipher, const void *key, size_t key_length,
                         const br_hash_class *hash, const void *mac_key, size_t mac_key_length,
                         size_t mac_length, const void *iv);

static const br_sslrec_in_cbc_class guarded_cbc_in = {
    {sizeof(br_sslrec_in_cbc_context), whole_blocks, decrypt_cbc},
    start_cbc_in,
};

static void start_cbc_in(const br_sslrec_in_cbc_class **context,
                         const br_block_cbcdec_class *cipher, const void *key, size_t key_length,
                         const br_hash_class *hash, const void *mac_key, size_t mac_key_length,
                         size_t mac_length, const void *iv)
{
    br_sslrec_in_cbc_vtable.init(context, cipher, key, key_length, hash, mac_key, mac_key_length,
                                 mac_length, iv);
    *context = &guarded_cbc_in; /* init has put its own class there */
}

/* ---- outgoing: only init differs; it leaves BearSSL's own class in the context ---- */

static void start_cbc_out(const br_sslrec_out_cbc_class **context,
                          const br_block_cbcenc_class *cipher, const void *key, size_t key_length,
                          const br_hash_class *hash, const void *mac_key, size_t mac_key_length,
                          size_t mac_length, const void *iv)
{
    br_sslrec_out_cbc_vtable.init(context, cipher, key, key_length, hash, mac_key, mac_key_length,
                                  mac_length, iv);
    latest_out = (certificate_out_context)(void *)context;
}

static void start_gcm_out(const br_sslrec_out_gcm_class **context, const br_block_ctr_class *cipher,
                          const void *key, size_t key_length, br_ghash ghash, const void *iv)
{
    br_sslrec_out_gcm_vtable.init(context, cipher, key, key_length, ghash, iv);
    latest_out = (certificate_out_context)(void *)context;
}

static void start_chapol_out(const br_sslrec_out_chapol_class **context, br_chacha20_run chacha,
                             br_poly1305_run poly, const void *key, const void *iv)
{
    br_sslrec_out_chapol_vtable.init(context, chacha, poly, key, iv);
    latest_out = (certificate_out_context)(void *)context;
}

void certificate_records_install(br_ssl_engine_context *engine,
                                 struct certificate_record_classes *classes)
{
    classes->cbc = br_sslrec_out_cbc_vtable;
    classes->cbc.init = start_cbc_out;
    classes->gcm = br_sslrec_out_gcm_vtable;
    classes->gcm.init = start_gcm_out;
    classes->chapol = br_sslrec_out_chapol_vtable;
    classes->chapol.init = start_chapol_out;
    br_ssl_engine_set_cbc(engine, &guarded_cbc_in, &classes->cbc);
    br_ssl_engine_set_gcm(engine, &br_sslrec_in_gcm_vtable, &classes->gcm);
    br_ssl_engine_set_chapol(engine, &br_sslrec_in_chapol_vtable, &classes->chapol);
}

/* ---- the last alert ---- */

const uint8_t *certificate_records_alert(certificate_out_context out, uint8_t description,
                                         uint8_t room[CERTIFICATE_ALERT_ROOM], size_t *length)
{
    br_sslrec_out_clear_context unprotected = {&br_sslrec_out_clear_vtable};
    certificate_out_context context = out != NULL ? out : &unprotected.vtable;
    size_t start = RECORD_HEADER;
    size_t end = CERTIFICATE_ALERT_ROOM;
    (*context)->max_plaintext(context, &start, &end);
    room[start] = ALERT_FATAL;
    room[start + 1u] = description;
    *length = 2;
    return (*context)->encrypt(context, RECORD_ALERT, BR_TLS12, room + start, length);
}
