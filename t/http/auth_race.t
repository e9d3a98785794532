use v5.36;
use Test::More;
use lib 't/lib';
use JSON::PP ();
use Maestro::Test;

# The same request many times at the same moment: one wins, nobody hears 5xx.
my $m = Maestro::Test->new(users => [qw(ann)], web_workers => 8, conf => {
	rate_signup => 1000, rate_token => 1000, rate_verify => 1000,
	rate_recover => 1000, lockout_failures => 1000,
	mail_max_frequency_s => 0});

# Sends $n requests before reading any answer; counts their statuses.
sub at_once ($n, $method, $path, $data, $token = $m->anon_key) {
	my $body = JSON::PP->new->encode($data);
	my @socks = map {
		my $s = $m->http->connect;
		print $s "$method $path HTTP/1.1\r\nHost: localhost\r\n"
			. "Connection: close\r\napikey: @{[$m->anon_key]}\r\n"
			. "Authorization: Bearer $token\r\n"
			. "X-Test-Ip: 192.0.2.$_\r\n"
			. "Content-Type: application/json\r\nContent-Length: "
			. length($body) . "\r\n\r\n$body";
		$s->flush;
		$s;
	} 1 .. $n;
	my %count;
	for my $s (@socks) {
		local $/;
		my $answer = <$s> // '';
		$count{$answer =~ m{^HTTP/1.1 (\d+)} ? $1 : 'none'}++;
	}
	return \%count;
}

is_deeply at_once(12, 'POST', '/auth/v1/signup',
	{email => 'race@x.test', password => 'secret-enough'}),
	{200 => 1, 422 => 11}, 'one of twelve sign-ups makes the account';
is $m->psql("select count(*) from auth.users where email = 'race\@x.test'"), 1,
	'one row';
is_deeply at_once(8, 'POST', '/auth/v1/otp', {email => 'otp@x.test'}),
	{200 => 8}, 'eight codes for a new address';
is $m->psql("select count(*) from auth.users where email = 'otp\@x.test'"), 1,
	'one account';

my $link = $m->service->post('/auth/v1/admin/generate_link',
	{type => 'magiclink', email => 'ann@example.test'})->json;
is_deeply at_once(8, 'POST', '/auth/v1/verify', {type => 'magiclink',
	token_hash => $link->{hashed_token}}), {200 => 1, 403 => 7},
	'a link is spent once';
my $token = $m->user('ann')->{token};
is at_once(8, 'PUT', '/auth/v1/user', {data => {x => 1}}, $token)->{200}, 8,
	'eight updates of one user';
is at_once(8, 'POST', '/auth/v1/logout', {}, $token)->{204} >= 1, 1,
	'eight sign-outs';
done_testing;
