use v5.36;
use Test::More;
use lib 't/lib';
use Time::HiRes qw(time);
use Maestro::Test;

# Limits per address and per account; no bcrypt for those locked out.
my $m = Maestro::Test->new(users => [qw(ann bob)], conf => {
	rate_signup => 5, rate_recover => 5, rate_verify => 100,
	rate_token => 100, lockout_failures => 5, lockout_s => 300,
	mail_max_frequency_s => 0});
my $anon = $m->anon;
my $v1 = '/auth/v1';

sub code ($r) { $r->json->{error_code} }

sub sign_in ($name, $password, $ip) {
	return $anon->post("$v1/token?grant_type=password",
		{email => "$name\@example.test", password => $password},
		ip => $ip);
}

# One account, guessed from everywhere.
my $i = 0;
my @codes = map { sign_in('bob', "guess $_", '192.0.2.' . ++$i)->status } 1 .. 5;
is_deeply \@codes, [(400) x 5], 'five guesses are free';
my $r = sign_in('bob', 'guess 6', '192.0.2.99');
is $r->status, 429, 'the sixth is not';
is code($r), 'over_request_rate_limit', 'says the code';
cmp_ok $r->header('retry-after'), '>', 0, 'and when to come back';
is sign_in('bob', $m->user('ann')->{password}, '192.0.2.98')->status, 429,
	'whatever the password';
my $start = time;
sign_in('bob', 'guess', '192.0.2.97') for 1 .. 20;
cmp_ok time - $start, '<', 1, 'twenty refused guesses cost no bcrypt';
is sign_in('ann', $m->user('ann')->{password}, '192.0.2.1')->status, 200,
	'another account is free';
is sign_in('BOB', 'guess', '192.0.2.2')->status, 429,
	'writing it in capitals helps nothing';

# A code of six digits has no more lives than a password.
$anon->post("$v1/recover", {email => 'ann@example.test'});
my %count;
for my $n (1 .. 20) {
	$count{$anon->post("$v1/verify", {type => 'recovery',
		email => 'ann@example.test', token => sprintf('%06d', $n)},
		ip => "192.0.2.$n")->status}++;
}
is $count{403}, 5, 'five codes may be tried';
is $count{429}, 15, 'the others not';

# One address, many accounts.
%count = ();
$count{$anon->post("$v1/signup", {email => "u$_\@x.test",
	password => 'secret-enough'}, ip => '198.51.100.1')->status}++ for 1 .. 8;
is_deeply \%count, {200 => 5, 429 => 3}, 'five sign-ups from one address';
is $anon->post("$v1/signup", {email => 'v@x.test',
	password => 'secret-enough'}, ip => '198.51.100.2')->status, 200,
	'another address is free';
%count = ();
$count{$anon->post("$v1/recover", {email => "u$_\@x.test"},
	ip => '198.51.100.3')->status}++ for 1 .. 8;
is_deeply \%count, {200 => 5, 429 => 3}, 'five recovery mails';
is $m->service->post("$v1/admin/users", {email => "s$_\@x.test"},
	ip => '198.51.100.1')->status, 200, 'administration has no limit'
	for 1 .. 3;

# Without Redis the limits stay.
$m->stop('redis');
%count = ();
$count{sign_in('carl', "guess $_", "203.0.113.$_")->status}++ for 1 .. 12;
ok $count{429} && $count{400} <= 5 * 4, 'without Redis guesses are counted';
is sign_in('ann', 'x', '203.0.113.50')->status >= 400, 1, 'and answered';
done_testing;
