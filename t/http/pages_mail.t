# Addresses are confirmed by mail before anybody is in; the pages' part of it.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Pages;
use Maestro::Test;

my $m = Maestro::Test->new(users => ['ann'], conf => {
	templates_strict => 'true', mailer_autoconfirm => 'false',
	rate_signup => 1000, rate_token => 1000, rate_recover => 1000,
	mail_max_frequency_s => 0});
my %new = (email => 'new@pages.test', password => 'correct horse new');

my $b = $m->browser;
my $r = post_form($b, '/app/sign-up', {%new, name => 'New'});
is $r->header('location'), '/app/check-mail', 'a new address: check the mail';
like $b->get('/app/check-mail')->body, qr/new\@pages\.test/, 'sent where';
unlike $b->get('/app/check-mail')->body, qr/new\@pages\.test/, 'told once';
$r = post_form($b, '/app/sign-in', \%new);
is $r->status, 422, 'no entry before that';
like $r->body, qr/not confirmed yet/, 'in words';
my $link = newest_link($m) =~ s{^https://[^/]+}{}r;
like $link, qr{^/app/confirm\?}, 'the link leads to a page of ours';
my $other = $m->browser;
my ($hash) = $link =~ /token_hash=([^&]+)/;
is $other->get($link)->status, 200, 'looking at it spends nothing';
is $other->get($link)->status, 200, 'however often';
my %form = (token_hash => $hash, type => 'signup', next => '/app');
is $other->form('/app/confirm', {%form})->status, 403, 'a form without CSRF';
$r = post_form($other, '/app/confirm', {%form});
is $r->header('location'), '/app', 'a click confirms the address';
is $other->get('/app')->status, 200, 'and signs in';
$r = post_form($m->browser, '/app/confirm', {%form});
is $r->header('location'), '/app/forgot', 'the link works once';

# Forgotten.
$r = post_form($b, '/app/forgot', {email => 'nobody@pages.test'});
is $r->header('location'), '/app/check-mail', 'an unknown address looks known';
post_form($b, '/app/forgot', {email => $new{email}});
($hash) = newest_link($m) =~ /token_hash=([^&]+)/;
%form = (token_hash => $hash, type => 'recovery');
like $other->get("/app/confirm?token_hash=$hash&type=recovery")->body,
	qr/Choose a new password/, 'the page says what the link is for';
my $lost = $m->browser;
is post_form($lost, '/app/confirm', {%form})->header('location'),
	'/app/reset', 'a recovery link leads to a new password';
is post_form($lost, '/app/reset', {password => 'x'})->status, 422,
	'a weak one is refused';
is post_form($lost, '/app/reset', {password => 'a better horse'})->status, 303,
	'a good one is set';
is post_form($m->browser, '/app/sign-in', \%new)->status, 422,
	'the old one is over';

done_testing;
