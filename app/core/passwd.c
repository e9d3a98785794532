#include "passwd.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"

enum {
	COST = 10
};

/* A hash of random bytes nobody kept. */
static const char nobody[] =
	"$2a$10$vI8aWBnW3fID.ZQ4/zo1G.q1lRps.9cGLcZEiGDMVr5yUP1KUOYTa";

static bool
fits(struct span password)
{
	return password.n <= PASSWD_MAX_BYTES &&
	       (password.n == 0 || !memchr(password.p, '\0', password.n));
}

/* crypt_r wants 32 kB zeroed and a terminated phrase; both are wiped. */
static bool
bcrypt(struct span password, const char *setting, char out[static PASSWD_HASH])
{
	struct crypt_data *data = calloc(1, sizeof *data);
	char phrase[PASSWD_MAX_BYTES + 1];
	const char *got;
	bool done = false;

	if (!data)
		abort();
	if (password.n > 0)
		memcpy(phrase, password.p, password.n);
	phrase[password.n] = '\0';
	got = crypt_r(phrase, setting, data);
	/* A failure is "*0" or "*1" (libxcrypt 4.4), not NULL. */
	if (got && got[0] == '$' && strlen(got) == PASSWD_HASH - 1) {
		memcpy(out, got, PASSWD_HASH);
		done = true;
	}
	explicit_bzero(phrase, sizeof phrase);
	explicit_bzero(data, sizeof *data);
	free(data);
	return done;
}

bool
passwd_is_hash(const char *hash)
{
	static const char itoa64[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789";

	if (!hash || strlen(hash) != PASSWD_HASH - 1)
		return false;
	/* libxcrypt would take $6$ and $y$ too; $2x$ is the old wrong bcrypt.
	 */
	if (memcmp(hash, "$2", 2) != 0 || !strchr("aby", hash[2]) ||
	    hash[3] != '$' || hash[6] != '$')
		return false;
	/* Costs beyond 15 (2 s a check) would be a way to stop the service. */
	if (!((hash[4] == '0' && hash[5] >= '4' && hash[5] <= '9') ||
	      (hash[4] == '1' && hash[5] >= '0' && hash[5] <= '5')))
		return false;
	return strspn(hash + 7, itoa64) == PASSWD_HASH - 8;
}

bool
passwd_hash(struct span password, char out[static PASSWD_HASH], struct err *e)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	if (password.n > PASSWD_MAX_BYTES)
		return err_field(e, "password",
				 "Password cannot be longer than %d bytes",
				 PASSWD_MAX_BYTES);
	if (!fits(password))
		return err_field(e, "password",
				 "Password cannot contain a NUL character");
	if (!crypt_gensalt_rn("$2a$", COST, NULL, 0, setting, sizeof setting) ||
	    !bcrypt(password, setting, out))
		return err_set(e, 500, "password_hash", "bcrypt failed");
	return true;
}

bool
passwd_check(struct span password, const char *hash)
{
	char got[PASSWD_HASH] = "";
	bool is_real = passwd_is_hash(hash) && fits(password);
	/* What does not fit is no one's password; hash something all the same.
	 */
	struct span try = is_real ? password : span_of("x");
	bool done = bcrypt(try, is_real ? hash : nobody, got);
	bool same;

	same = done && is_real &&
	       secret_equal(got, PASSWD_HASH - 1, hash, PASSWD_HASH - 1);
	explicit_bzero(got, sizeof got);
	return same;
}

void
passwd_dummy(struct span password)
{
	bool same = passwd_check(password, NULL);

	(void)same;
}
