use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;

# maestro user: how the first administrator comes into being.
my $m = Maestro::Test->new(admins => ['root']);
my $build = $Maestro::Test::build;

sub maestro (@words) {
	my $words = join ' ', map { "'$_'" } @words;
	my $out = `$build/maestro -c $m->{dir}/maestro.conf $words 2>&1`;
	return ($? >> 8, $out);
}

sub sign_in ($email, $password) {
	return $m->anon->post('/auth/v1/token?grant_type=password',
		{email => $email, password => $password});
}

open my $f, '>', "$m->{dir}/pw" or die;
print $f "a long enough secret\n";
close $f;
my ($rc, $out) = maestro(qw(user create --email Chief@x.test --admin
	--password-file), "$m->{dir}/pw");
is $rc, 0, 'user create';
like $out, qr/^[0-9a-f-]{36} Chief\@x\.test$/m, 'says who';
unlike $out, qr/long enough/, 'and keeps the password to itself';
my $r = sign_in('chief@x.test', 'a long enough secret');
is $r->json->{user}{app_metadata}{platform_role}, 'admin', 'an admin signs in';

($rc, $out) = maestro(qw(user create --email plain@x.test --name), 'Plain P.');
is $rc, 0, 'without a password file';
my ($password) = $out =~ /^password: (\S{20})$/m;
ok $password, 'one is made and shown once';
$r = sign_in('plain@x.test', $password);
is $r->status, 200, 'it works';
ok !$r->json->{user}{app_metadata}{platform_role}, 'for no admin';
is $r->json->{user}{user_metadata}{display_name}, 'Plain P.', 'with its name';

($rc, $out) = maestro(qw(user create --email plain@x.test));
is $rc, 1, 'twice is refused';
like $out, qr/^maestro: A user with this email address has already been/,
	'in one sentence';
is +(maestro(qw(user create --email plain@x.test --if-absent)))[0], 0,
	'unless asked to keep it';
is sign_in('plain@x.test', $password)->status, 200, 'as it was';
is +(maestro(qw(user create)))[0], 2, 'no address: usage';
is +(maestro(qw(user create --email nonsense)))[0], 1, 'no valid address';
is +(maestro(qw(user dance)))[0], 2, 'unknown verb: usage';
($rc, $out) = maestro(qw(user list));
like $out, qr/^\S+ root\@example\.test admin$/m, 'list shows admins';
like $out, qr/^\S+ plain\@x\.test$/m, 'and the others';

# maestro sweep removes what is long over, and nothing else.
my $token = $m->user('root')->{refresh_token};
$m->psql("insert into auth.refresh_tokens (token, user_id, revoked, updated_at)
	select 'old' || i, 'x', true, now() - interval '2 days'
	from generate_series(1, 2500) i");
$m->psql("update auth.sessions set not_after = now() - interval '4 days'
	where user_id = (select id from auth.users
			 where email = 'plain\@x.test')");
is +(maestro('sweep'))[0], 0, 'sweep';
is $m->psql("select count(*) from auth.refresh_tokens where token like 'old%'"),
	0, 'revoked tokens go';
is $m->psql("select count(*) from auth.sessions where not_after < now()"), 0,
	'and sessions past their end';
is $m->anon->post('/auth/v1/token?grant_type=refresh_token',
	{refresh_token => $token})->status, 200, 'living ones stay';
done_testing;
