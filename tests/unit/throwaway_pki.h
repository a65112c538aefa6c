/* Keys and certificates that exist for one test program: made by OpenSSL's command line tool in a
 * new folder below the build folder, removed at the end. Nothing of it is ever committed.
 */
#ifndef POOLPROOF_TESTS_THROWAWAY_PKI_H
#define POOLPROOF_TESTS_THROWAWAY_PKI_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char pki_folder[256];

/* Runs a shell command in the folder; 0 when it worked. */
static inline int pki_run(const char *format, ...)
{
    char command[2048];
    int used = snprintf(command, sizeof command, "cd '%s' && umask 077 && ", pki_folder);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(command + used, sizeof command - (size_t)used, format, arguments);
    va_end(arguments);
    return system(command); // NOLINT(cert-env33-c): fixed commands of these tests
}

/* Makes the folder. */
static inline int pki_open(void)
{
    const char *build = getenv("BUILD");
    (void)snprintf(pki_folder, sizeof pki_folder, "%s/unit.XXXXXX", build != NULL ? build : "/tmp");
    return mkdtemp(pki_folder) != NULL ? 0 : -1;
}

static inline int pki_close(void)
{
    return pki_run("rm -rf '%s'", pki_folder);
}

/* The path of a file in the folder; valid until the eighth call after. */
static inline const char *pki_path(const char *name)
{
    static char path[8][512];
    static unsigned next;
    char *text = path[next++ % 8u];
    (void)snprintf(text, sizeof path[0], "%s/%s", pki_folder, name);
    return text;
}

/* Writes a file with mode 0600. */
static inline int pki_write(const char *name, const char *text)
{
    (void)unlink(pki_path(name));
    int descriptor = open(pki_path(name), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    size_t length = strlen(text);
    int result = descriptor >= 0 && write(descriptor, text, length) == (ssize_t)length ? 0 : -1;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return result;
}

/* An authority ca.pem, and a server rsa.pem/rsa.key and ec.pem/ec.key for registrar.test and
 * 127.0.0.1. */
static inline int pki_make(void)
{
    static const char leaf[] =
        "openssl req -new -x509 -key %s.key -subj /CN=%s -CA ca.pem -CAkey ca.key -days 10 "
        "-addext basicConstraints=critical,CA:FALSE "
        "-addext subjectAltName=DNS:registrar.test,IP:127.0.0.1 -out %s.pem 2>/dev/null";
    return pki_run("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out ca.key "
                   "2>/dev/null") != 0 ||
           pki_run("openssl req -x509 -new -key ca.key -out ca.pem -days 30 -subj /CN=ca "
                   "2>/dev/null") != 0 ||
           pki_run("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key "
                   "2>/dev/null") != 0 ||
           pki_run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key "
                   "2>/dev/null") != 0 ||
           pki_run(leaf, "rsa", "rsa", "rsa") != 0 || pki_run(leaf, "ec", "ec", "ec") != 0;
}

#endif
