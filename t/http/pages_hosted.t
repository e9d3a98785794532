# The pages on a hosted project: a second instance plays it.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Pages;
use Maestro::Test;

my %conf = (rate_signup => 1000, rate_token => 1000);
my $home = Maestro::Test->new(conf => {%conf, rate_recover => 1000,
	uri_allow_list => 'https://localhost:*/**'});
my $m = Maestro::Test->new(hosted => $home,
	conf => {%conf, templates_strict => 'true'});
whole_way($m);

# A mailed link leads through the project and back with a code, which is good
# in the browser that asked for it and in no other.
my $b = $m->browser;
my $r = post_form($b, '/app/forgot', {email => 'ann@pages.test'});
is $r->header('location'), '/app/check-mail', 'a forgotten password';
like $b->get('/app/check-mail')->body, qr/in this browser/, 'is told where';
my $link = newest_link($home);
$r = $home->http->get($link =~ s{^https://[^/]+}{}r);
is $r->status, 303, 'the project knows the link';
my ($back) = $r->header('location') =~ m{^\Q@{[$m->url]}\E(/app/confirm\?.*code=.*)};
ok $back, 'and leads back with a code';
is $m->browser->get($back)->header('location'), '/app/forgot',
	'another browser gets nothing for it';
$r = $b->get($back);
is $r->header('location'), '/app/reset', 'this one a new password';
is post_form($b, '/app/reset', {password => 'a better horse'})->header(
	'location'), '/app', 'which is set';
is post_form($m->browser, '/app/sign-in', {email => 'ann@pages.test',
	password => 'a better horse'})->status, 303, 'and opens the door';
done_testing;
