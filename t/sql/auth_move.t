use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;

# Accounts move with pg_dump --data-only, both ways (auth-v1.md 8.5).
my $from = Maestro::Test->new(users => [qw(ann bob)]);
my $to = Maestro::Test->new;

my $s = $from->anon->post('/auth/v1/signup', {email => 'moved@x.test',
	password => 'secret-enough', data => {full_name => 'M'}})->json;
$from->psql("delete from auth.sessions where user_id <> '$s->{user}{id}'");
my $file = "$from->{dir}/auth.sql";
my $url = $from->database_url('maestro_owner');
is system("pg_dump --data-only --schema=auth "
	. "--exclude-table=auth.schema_migrations -d '$url' >$file 2>&1"), 0,
	'the owner dumps the data';
open my $in, '<', $file or die;
my $dump = do { local $/; <$in> };
unlike $dump, qr/confirmed_at\b.*\bconfirmed_at\b.*\bconfirmed_at\b/,
	'without generated columns';
$to->psql("set session_replication_role = replica;\n$dump");
is $to->psql('select count(*) from auth.users'),
	$from->psql('select count(*) from auth.users'), 'every account arrives';
is $to->psql("select confirmed_at is not null from auth.users
	where email = 'moved\@x.test'"), 't', 'generated columns are made anew';
is $to->anon->post('/auth/v1/token?grant_type=password', {email =>
	'moved@x.test', password => 'secret-enough'})->status, 200,
	'the password works there';
my $r = $to->anon->post('/auth/v1/token?grant_type=refresh_token',
	{refresh_token => $s->{refresh_token}});
is $r->status, 200, 'whoever was signed in stays so';
is $r->json->{user}{user_metadata}{full_name}, 'M', 'with the data';

# What another server may have left: null where we write texts, other hashes.
$to->psql("update auth.users set confirmation_token = null,
	recovery_token = null, email_change = null, email_change_token_new =
	null, encrypted_password = '\$argon2id\$v=19\$m=1,t=1,p=1\$x\$y'
	where email = 'moved\@x.test'");
is $to->anon->post('/auth/v1/token?grant_type=password', {email =>
	'moved@x.test', password => 'secret-enough'})->json->{error_code},
	'invalid_credentials', 'a hash that is not bcrypt fails in order';
is $to->anon->post('/auth/v1/recover', {email => 'moved@x.test'})->status, 200,
	'and the user can recover';
done_testing;
