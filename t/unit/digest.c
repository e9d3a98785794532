/* Hashes, against the vectors of their standards, and secret comparison. */
#include "core/digest.h"
#include "core/enc.h"

#include "t/tap.h"

static void
test_one_shot(void)
{
	char hex[DIGEST_HEX_MAX];
	unsigned char mac[32];
	char mac_hex[65];

	sha256_hex("abc", 3, hex);
	is(hex,
	   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	   "SHA-256 of abc");
	sha256_hex("", 0, hex);
	is(hex,
	   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	   "SHA-256 of nothing");
	sha224_hex("test@example.com123456", 22, hex);
	is(hex, "a3f3debf8d4c206eac18c518ad464512d0033123760f8a2c42a1110c",
	   "SHA-224 as one-time codes are stored");
	sha1_hex("abc", 3, hex);
	is(hex, "a9993e364706816aba3e25717850c26c9cd0d89d", "SHA-1 of abc");

	hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
	enc_hex_to(mac, sizeof mac, mac_hex);
	is(mac_hex,
	   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	   "HMAC-SHA-256, RFC 4231 case 2");
}

static void
test_stream(void)
{
	struct digest *d = digest_new(DIGEST_MD5);
	char hex[DIGEST_HEX_MAX];

	digest_add(d, "a", 1);
	digest_add(d, "", 0);
	digest_add(d, "bc", 2);
	digest_hex(d, hex);
	is(hex, "900150983cd24fb0d6963f7d28e17f72", "MD5 piece by piece");
	digest_hex(d, hex);
	is(hex, "d41d8cd98f00b204e9800998ecf8427e",
	   "a read digest starts over");
	digest_free(d);
	digest_free(NULL);
}

int
main(void)
{
	test_one_shot();
	test_stream();
	ok(secret_equal("abc", 3, "abc", 3), "equal secrets are equal");
	ok(!secret_equal("abc", 3, "abd", 3), "different ones are not");
	ok(!secret_equal("abc", 3, "abcd", 4), "nor is a prefix");
	ok(secret_equal("", 0, "", 0), "nothing equals nothing");
	return done_testing();
}
