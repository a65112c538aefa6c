/* Where randomness comes from (entropy.h): the kernel, for both kinds of endpoint, nothing else.
 *
 * Two functions of others are replaced by this program's own: getrandom(2) of the C library, and
 * BearSSL's look-up of a seeder, which would take RDRAND alone where the processor has it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/random.h>
#include <sys/types.h>
#include <time.h>

#include "certificate_store.h"
#include "entropy.h"
#include "secure_channel.h"
#include "throwaway_pki.h"

#define SHORT (-2) /* of `kernel`: one byte less than asked */

static int kernel;         /* what getrandom does: 0 gives bytes, SHORT, or fails with this errno */
static unsigned asked;     /* how often it was called */
static uint8_t seed;       /* the bytes it gives, counted up from here */
static unsigned lookups;   /* how often BearSSL looked for a seeder, */
static bool library_seeds; /* and whether it found one */
static int interrupted;    /* so many calls fail with EINTR before */

ssize_t getrandom(void *buffer, size_t length, unsigned int flags)
{
    uint8_t *bytes = buffer;
    (void)flags;
    asked++;
    if (interrupted > 0) {
        interrupted--;
        errno = EINTR;
        return -1;
    }
    if (kernel > 0) {
        errno = kernel;
        return -1;
    }
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)(seed + i);
    }
    return (ssize_t)length - (kernel == SHORT ? 1 : 0);
}

/* A seeder that would let the engine start without the kernel, as RDRAND does. */
static int seed_with_anything(const br_prng_class **generator)
{
    static const uint8_t anything[32] = {1};
    (*generator)->update(generator, anything, sizeof anything);
    return 1;
}

br_prng_seeder br_prng_seeder_system(const char **name)
{
    lookups++;
    if (name != NULL) {
        *name = library_seeds ? "anything" : "none";
    }
    return library_seeds ? seed_with_anything : NULL;
}

/* ---- the world ---- */

static struct secure_problem problem;
static struct secure_server_configuration *serving;
static struct secure_client_configuration *trusting;
static struct secure_client_configuration *keyed;
static struct secure_reference registrar;

static int make_world(void **state)
{
    (void)state;
    if (pki_open() != 0 || pki_make() != 0 ||
        pki_write("keys", "web-1 pe 00112233445566778899aabbccddeeff\n") != 0) {
        return -1;
    }
    const struct secure_server_options server = {pki_path("rsa.pem"), pki_path("rsa.key"),
                                                 pki_path("keys"), false};
    const struct secure_client_options user = {NULL, NULL, pki_path("ca.pem"), false};
    const struct secure_client_options element = {pki_path("keys"), NULL, NULL, false};
    serving = secure_server_configuration_load(&server, &problem);
    trusting = secure_client_configuration_load(&user, &problem);
    keyed = secure_client_configuration_load(&element, &problem);
    return serving == NULL || trusting == NULL || keyed == NULL ||
                   !secure_reference_parse(&registrar, "registrar.test", &problem)
               ? -1
               : 0;
}

static int end_world(void **state)
{
    (void)state;
    secure_server_configuration_release(serving);
    secure_client_configuration_release(trusting);
    secure_client_configuration_release(keyed);
    return pki_close();
}

static int set_up(void **state)
{
    (void)state;
    kernel = 0;
    asked = 0;
    seed = 1;
    lookups = 0;
    library_seeds = false;
    interrupted = 0;
    return 0;
}

static struct secure_channel *new_client(struct secure_client_configuration *configuration)
{
    return secure_channel_new_client(configuration, &registrar, (uint64_t)time(NULL));
}

/* A client's hello, into a buffer of 1024 bytes; its length. */
static size_t hello_of(struct secure_client_configuration *configuration, uint8_t *hello)
{
    size_t length = 0;
    struct secure_channel *client = new_client(configuration);
    assert_non_null(client);
    const uint8_t *bytes = secure_channel_wire_out(client, &length);
    assert_true(bytes != NULL && length > 50 && length <= 1024);
    memcpy(hello, bytes, length);
    secure_channel_free(client);
    return length;
}

/* What a server comes to that is given a good hello. */
static enum secure_state answer_to(const uint8_t *hello, size_t length)
{
    size_t room = 0;
    struct secure_channel *server = secure_channel_new_server(serving);
    assert_non_null(server);
    uint8_t *bytes = secure_channel_wire_in(server, &room);
    assert_true(bytes != NULL && room >= length);
    memcpy(bytes, hello, length);
    secure_channel_wire_in_done(server, length);
    enum secure_state state = secure_channel_state(server);
    if (state == SECURE_FAILED) {
        assert_int_equal(secure_channel_failure(server), SECURE_FAILURE_INTERNAL);
        assert_non_null(strstr(secure_channel_error(server), "entropy"));
        assert_null(secure_channel_wire_out(server, &room));
    } else {
        assert_non_null(secure_channel_wire_out(server, &room));
    }
    secure_channel_free(server);
    return state;
}

/* ---- tests ---- */

static void the_kernel_is_asked_for_each_connection(void **state)
{
    struct secure_client_configuration *clients[] = {trusting, keyed};
    uint8_t hello[1024];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        asked = 0;
        size_t length = hello_of(clients[i], hello);
        assert_int_equal(asked, 1);
        assert_int_equal(answer_to(hello, length), SECURE_HANDSHAKE);
        assert_int_equal(asked, 2);
    }
}

/* The certificate engine starts without a seeder of the library's: what it got is enough. */
static void the_library_needs_no_seeder_of_its_own(void **state)
{
    uint8_t hello[1024];
    (void)state;
    size_t length = hello_of(trusting, hello);
    assert_true(lookups > 0); /* our look-up is in force: it found none */
    assert_int_equal(answer_to(hello, length), SECURE_HANDSHAKE);
}

/* With the library's seeder away, a hello's random depends on the kernel's bytes, and on all else
 * not: after the four bytes of time that BearSSL puts first. */
static void the_kernel_decides_about_a_hello(void **state)
{
    uint8_t first[1024];
    uint8_t same[1024];
    uint8_t other[1024];
    struct secure_client_configuration *clients[] = {trusting, keyed};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        seed = 1;
        (void)hello_of(clients[i], first);
        (void)hello_of(clients[i], same);
        seed = 2;
        (void)hello_of(clients[i], other);
        assert_memory_equal(first + 15, same + 15, 28);
        assert_memory_not_equal(first + 15, other + 15, 28);
    }
}

/* Even where the library could do without. */
static void without_the_kernel_nothing_starts(void **state)
{
    static const int failures[] = {EAGAIN, ENOSYS, SHORT};
    struct secure_client_configuration *clients[] = {trusting, keyed};
    uint8_t hello[1024];
    (void)state;
    for (size_t i = 0; i < 12; i++) {
        kernel = 0;
        library_seeds = i >= 6;
        size_t length = hello_of(clients[i % 2], hello);
        kernel = failures[i % 6 / 2];
        assert_null(new_client(clients[i % 2]));
        assert_int_equal(answer_to(hello, length), SECURE_FAILED);
    }
}

static void a_signal_does_not_count_as_failure(void **state)
{
    uint8_t bytes[257];
    (void)state;
    interrupted = 3;
    assert_true(entropy_fill(bytes, 256));
    assert_int_equal(asked, 4);
    assert_int_equal(bytes[255], 0);
    assert_false(entropy_fill(bytes, 257)); /* more than the kernel surely gives at once */
    assert_int_equal(asked, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_kernel_is_asked_for_each_connection, set_up),
        cmocka_unit_test_setup(the_library_needs_no_seeder_of_its_own, set_up),
        cmocka_unit_test_setup(the_kernel_decides_about_a_hello, set_up),
        cmocka_unit_test_setup(without_the_kernel_nothing_starts, set_up),
        cmocka_unit_test_setup(a_signal_does_not_count_as_failure, set_up),
    };
    return cmocka_run_group_tests(tests, make_world, end_world);
}
