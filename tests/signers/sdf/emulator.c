/* A device of GM/T 0018 in a library, for tests: SM2 by libcrypto, keys made anew with every load.
 *
 * The test builds it against the libcrypto that the machine has; the few functions it needs are declared here, for
 * the development files may not be there. Keys 1 and 2 exist; key 2 asks for the PIN "12345678".
 * It can be taken out and put back.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct evp_pkey_st EVP_PKEY;
typedef struct evp_pkey_ctx_st EVP_PKEY_CTX;
EVP_PKEY *EVP_PKEY_Q_keygen(void *context, const char *properties, const char *type, ...);
int EVP_PKEY_get_octet_string_param(const EVP_PKEY *, const char *, unsigned char *, size_t, size_t *);
EVP_PKEY_CTX *EVP_PKEY_CTX_new_from_pkey(void *, EVP_PKEY *, const char *);
void EVP_PKEY_CTX_free(EVP_PKEY_CTX *);
int EVP_PKEY_sign_init(EVP_PKEY_CTX *);
int EVP_PKEY_sign(EVP_PKEY_CTX *, unsigned char *, size_t *, const unsigned char *, size_t);

#define OK 0
#define REFUSED(number) (0x01000000 | (number))
#define KEYS 2
#define PIN "12345678"

typedef struct { unsigned int bits; unsigned char x[64], y[64]; } PublicNumbers;
typedef struct { unsigned char r[64], s[64]; } SignatureNumbers;
typedef struct { int allowed[KEYS + 1]; } Session;

static EVP_PKEY *keys[KEYS + 1];
static int devices, sessions, is_out;
static Session session;

static EVP_PKEY *key_of(unsigned int index) {
    if (index < 1 || index > KEYS) return NULL;
    if (keys[index] == NULL) keys[index] = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    return keys[index];
}

/* What is open, for the test: devices * 100 + sessions. */
int emulator_open(void) { return devices * 100 + sessions; }

/* Take the device out, or put it back. */
int emulator_take_out(int out) { return is_out = out; }

int SDF_OpenDevice(void **device) { if (is_out) return REFUSED(0x05); devices++; *device = &devices; return OK; }
int SDF_CloseDevice(void *device) { devices--; return device == &devices ? OK : REFUSED(0x1d); }

int SDF_OpenSession(void *device, void **opened) {
    if (device != &devices) return REFUSED(0x06);
    sessions++;
    memset(&session, 0, sizeof session);
    *opened = &session;
    return OK;
}

int SDF_CloseSession(void *opened) { sessions--; return opened == &session ? OK : REFUSED(0x1d); }

int SDF_GetPrivateKeyAccessRight(void *opened, unsigned int index, unsigned char *pin, unsigned int length) {
    if (opened != &session || key_of(index) == NULL) return REFUSED(0x08);
    if (length != strlen(PIN) || memcmp(pin, PIN, length) != 0) return REFUSED(0x07);
    session.allowed[index] = 1;
    return OK;
}

int SDF_ReleasePrivateKeyAccessRight(void *opened, unsigned int index) {
    if (opened != &session || index > KEYS) return REFUSED(0x08);
    session.allowed[index] = 0;
    return OK;
}

int SDF_ExportSignPublicKey_ECC(void *opened, unsigned int index, PublicNumbers *numbers) {
    unsigned char point[65];
    size_t length = 0;
    EVP_PKEY *key = key_of(index);
    if (opened != &session || key == NULL) return REFUSED(0x08);
    if (!EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", point, sizeof point, &length) || length != 65)
        return REFUSED(0x01);
    memset(numbers, 0, sizeof *numbers);
    numbers->bits = 256;
    memcpy(numbers->x + 32, point + 1, 32);
    memcpy(numbers->y + 32, point + 33, 32);
    return OK;
}

/* The numbers of SEQUENCE {r INTEGER, s INTEGER}, right-aligned. */
static int split(const unsigned char *der, size_t length, SignatureNumbers *numbers) {
    size_t at = 2;
    unsigned char *fields[2] = {numbers->r, numbers->s};
    memset(numbers, 0, sizeof *numbers);
    for (int i = 0; i < 2; i++) {
        size_t size = der[at + 1], skipped;
        if (at + 2 + size > length || der[at] != 0x02) return 0;
        skipped = size > 32 ? size - 32 : 0;
        memcpy(fields[i] + 64 - (size - skipped), der + at + 2 + skipped, size - skipped);
        at += 2 + size;
    }
    return at == length;
}

int SDF_InternalSign_ECC(
    void *opened, unsigned int index, unsigned char *data, unsigned int length, SignatureNumbers *numbers
) {
    unsigned char der[80];
    size_t size = sizeof der;
    int good;
    EVP_PKEY *key = key_of(index);
    EVP_PKEY_CTX *context;
    if (is_out) return REFUSED(0x03);
    if (opened != &session || key == NULL) return REFUSED(0x08);
    if (length != 32) return REFUSED(0x1d);
    if (index == 2 && !session.allowed[index]) return REFUSED(0x07);
    context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    good = context != NULL && EVP_PKEY_sign_init(context) == 1 && EVP_PKEY_sign(context, der, &size, data, length) == 1;
    EVP_PKEY_CTX_free(context);
    return good && split(der, size, numbers) ? OK : REFUSED(0x0b);
}
