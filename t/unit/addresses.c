/* Mail addresses, redirect targets and the parts of a mail. */
#include <stdlib.h>

#include "core/digest.h"
#include "domain/email.h"
#include "domain/mailer.h"
#include "domain/redirect.h"
#include "t/tap.h"

static struct arena *a;

static void
test_email(void)
{
	static const char *const good[] = {"a@b", "test@example.com",
					   "a.b+c@x-y.example",
					   "!#$%&'*+/=?^_`{|}~-@x.y", "..@x"};
	static const char *const bad[] = {"",
					  "a",
					  "@x",
					  "a@",
					  "a@@b",
					  "a b@x.y",
					  "a@x..y",
					  "a@x.y.",
					  "a@-x",
					  "a@x-",
					  "a@x_y",
					  "a@.x",
					  "a\r\n@x",
					  "a@x\n",
					  "<a@x.y>",
					  "a,b@x",
					  " a@x.y",
					  "a@x.y ",
					  "\"a\"@x",
					  "\xc3\xa4@x.y",
					  "a@\xc3\xa4.y"};
	char *label = arena_alloc(a, 80), *lots = arena_alloc(a, 300);

	for (size_t i = 0; i < NELEM(good); i++)
		is(email_normal(a, good[i]), good[i], good[i]);
	for (size_t i = 0; i < NELEM(bad); i++)
		ok(!email_normal(a, bad[i]), "no address");
	ok(!email_normal(a, NULL), "NULL is no address");
	is(email_normal(a, "Test@Example.COM"), "test@example.com",
	   "the whole address is lower-cased");
	memset(label, 'x', 64);
	memcpy(label, "a@", 2);
	ok(email_normal(a, label), "a label of 62");
	memset(label, 'x', 66);
	memcpy(label, "a@", 2);
	ok(!email_normal(a, label), "a label of 64 is too long");
	memset(lots, 'x', 256);
	memcpy(lots + 253, "@x", 2);
	ok(!email_normal(a, lots), "256 characters are too many");
	ok(email_normal(a, lots + 1), "255 are not");
}

static void
test_phone(void)
{
	is(phone_normal(a, "+49 151 234"), "49151234", "+ and blanks go");
	ok(!phone_normal(a, "049"), "no leading zero");
	ok(!phone_normal(a, "4"), "one digit is none");
	ok(!phone_normal(a, "1234567890123456"), "sixteen are too many");
	ok(!phone_normal(a, "49-151"), "no hyphens");
}

static void
test_glob(void)
{
	static const struct {
		const char *pattern, *text;
		bool fits;
	} cases[] = {
		{"https://x.y/*",      "https://x.y/a",   true },
		{"https://x.y/*",      "https://x.y/a/b", false},
		{"https://x.y/*",      "https://x.y/",    true },
		{"https://x.y/**",     "https://x.y/a/b", true },
		{"https://*.x.y",      "https://a.x.y",   true },
		{"https://*.x.y",      "https://a.b.x.y", false},
		{"https://**.x.y",     "https://a.b.x.y", true },
		{"https://x.y/?",      "https://x.y/a",   true },
		{"https://x.y/?",      "https://x.y//",   false},
		{"https://x.y/[a-c]",  "https://x.y/b",   true },
		{"https://x.y/[!a-c]", "https://x.y/b",   false},
		{"https://x.y/[!a-c]", "https://x.y/d",   true },
		{"https://{a,b}.y/**", "https://b.y/q",   true },
		{"https://{a,b}.y/**", "https://c.y/q",   false},
		{"https://{a*,b}.y",   "https://abc.y",   true },
		{"a\\*b",              "a*b",             true },
		{"a\\*b",              "axb",             false},
		{"com.app://**",       "com.app://in/x",  true },
		{"",                   "",                true },
		{"[",                  "a",               false},
		{"{a",                 "a",               false},
		{"{a,b}{c,d}x",        "bdx",             true },
		{"{a,b}{c,d}x",        "bex",             false},
		{"*a*.c",              "xaya.c",          true },
		{"**/*b*/c",           "x/y/abba/c",      true },
		{"\\{a",               "{a",              true },
		{"{,a}b",              "b",               true },
	};

	for (size_t i = 0; i < NELEM(cases); i++)
		ok(redirect_glob(cases[i].pattern, cases[i].text) ==
			   cases[i].fits,
		   cases[i].pattern);
	ok(!redirect_glob("**a**a**a**a**a**a**a**a**b",
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	   "a pattern of many stars ends");
}

static void
test_redirect(void)
{
	static const char site[] = "https://app.example.com";
	static const char list[] = "https://*.preview.example.com/**, "
				   "myapp://cb,https://{x,y}.z/*";

	static const struct {
		const char *url;
		bool allowed;
	} cases[] = {
		{"https://app.example.com/welcome?x=1#y",     true },
		{"https://app.example.com:443/",              true },
		{"https://app.example.com:444/",              false},
		{"http://app.example.com/",                   false},
		{"https://APP.example.com/",                  true },
		{"https://app.example.com.evil.com/",         false},
		{"https://app.example.com@evil.com/",         false},
		{"https://evil.com/?https://app.example.com", false},
		{"//evil.com",				false},
		{"/app/x",				    false},
		{"",					  false},
		{"https://a.preview.example.com/x/y",         true },
		{"https://a.preview.example.com/x#frag",      true },
		{"https://preview.example.com/x",             false},
		{"myapp://cb",				true },
		{"myapp://cb#f",                              true },
		{"myapp://cb2",                               false},
		{"https://y.z/a",                             true },
		{"javascript:alert(1)",                       false},
		{"https://127.0.0.1:3000/x",                  true },
		{"http://[::1]:3000/x",                       true },
		{"http://10.0.0.1/",                          false},
		{"http://2130706433/",                        false},
		{"http://0x7f000001/",                        false},
		{"http://127.evil.com/",                      false},
		{"https://app.example.com\\@evil.com",        false},
		{"https://app.example.com/a b",               false},
		{"https:///x",				false},
	};

	for (size_t i = 0; i < NELEM(cases); i++)
		ok(redirect_ok(a, site, list, cases[i].url) == cases[i].allowed,
		   cases[i].url);
	ok(redirect_ok(a, "https://localhost:8443", "",
		       "https://localhost:3000/"),
	   "any port of localhost when the site is there");
	is(redirect_pick(a, site, list, "https://evil.com", "myapp://cb"),
	   "myapp://cb", "the referer is the second choice");
	is(redirect_pick(a, site, list, "https://evil.com", NULL), site,
	   "the site is the last");
}

static void
test_mail(void)
{
	struct mail_parts p = {.from = "m@x.y",
			       .to = "to@x.y",
			       .subject = "Hello",
			       .text = "plain",
			       .html = "<p>x</p>"};
	struct span text;
	struct err e;

	ok(mailer_compose(a, &p, &text, &e), "a mail is put together");
	ok(strstr(text.p, "\r\nTo: <to@x.y>\r\nSubject: Hello\r\n"),
	   "with its headers");
	ok(strstr(text.p, "multipart/alternative") &&
		   strstr(text.p, "cGxhaW4=") && strstr(text.p, "PHA+eDwvcD4="),
	   "and both texts");
	p.to = "to@x.y\r\nBcc: z@x";
	ok(!mailer_compose(a, &p, &text, &e),
	   "no second header through an address");
	p.to = "to@x.y";
	p.subject = "s\nBcc: z@x";
	ok(!mailer_compose(a, &p, &text, &e), "nor through a subject");
	p.subject = "Gr\xc3\xbc\xc3\x9f\x65";
	ok(mailer_compose(a, &p, &text, &e) &&
		   strstr(text.p, "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"),
	   "a subject beyond ASCII is encoded");
}

static void
test_token_hash(void)
{
	char hex[SHA224_HEX];

	sha224_hex("test@example.com123456", 22, hex);
	is(hex, "a3f3debf8d4c206eac18c518ad464512d0033123760f8a2c42a1110c",
	   "token_hash of auth-v1.md 7.3");
}

int
main(void)
{
	a = arena_new(16 * MiB);
	test_email();
	test_phone();
	test_glob();
	test_redirect();
	test_mail();
	test_token_hash();
	arena_free(a);
	return done_testing();
}
