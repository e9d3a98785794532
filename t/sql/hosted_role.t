# The product's migrations as they run on a hosted project: by a role that is
# no superuser, owns neither auth nor storage, and may come back to run the
# same file again.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Test;
use Maestro::Tree;

my $m = Maestro::Test->new(start => 0);
$m->start('postgres');
my $top = $Maestro::Test::top;

sub project ($user) {
	return $m->database_url($user) =~ s/dbname=\S+/dbname=project/r;
}

sub run_as ($user, @args) {
	local $ENV{PGOPTIONS} = '-c client_min_messages=warning';
	my $url = project($user);
	my $words = join ' ', map { "'" . s/'/'\\''/gr . "'" } @args;
	my $out = `psql -XAtq -v ON_ERROR_STOP=1 -d '$url' $words 2>&1`;
	return $? ? "failed: $out" : $out;
}
# What a file selects is nobody's business here; errors are.
sub once ($user, $file) {
	return run_as($user, '-1', '-o', '/dev/null', '-f', $file);
}

# What a project brings: roles, schemas auth and storage.
$m->psql('create database project');
is run_as('postgres', '-f', "$top/sql/embedded/roles.sql"), '', 'the roles';
is once('maestro_owner', $_), '', 'what a project brings: ' . s{.*/}{}r
	for sort glob "$top/sql/embedded/migrations/*.sql";
is run_as('maestro_owner', '-1', '-o', '/dev/null', '-c',
	'set local check_function_bodies = off', map { ('-f', $_) }
	sort glob "$top/sql/embedded/functions/*.sql"), '',
	'what a project brings: functions';
is run_as('postgres', '-c', <<'END'), '', 'the role of a project';
create role hosted login nosuperuser createrole bypassrls;
grant anon, authenticated, service_role to hosted with admin option;
grant create, connect, temporary on database project to hosted;
alter schema public owner to hosted;
grant usage on schema auth, storage, extensions to hosted;
grant all on all tables in schema auth, storage to hosted;
grant execute on all functions in schema auth, storage to hosted;
grant execute on function
	pg_catalog.pg_logical_emit_message(boolean, text, text) to public;
alter default privileges for role hosted in schema public
	grant all on tables to anon, authenticated, service_role;
alter default privileges for role hosted in schema public
	grant all on functions to anon, authenticated, service_role;
-- There an extension lets this role make policies on storage.objects; here
-- only an owner may.
alter table storage.objects owner to hosted;
END

my $h = Maestro::Test->new(hosted => $m, users => [], start => 0);
sub up {
	my $out = `$Maestro::Test::build/maestro -c $h->{dir}/maestro.conf migrate up --sql-dir $top/sql --database '@{[project('hosted')]}' 2>&1`;
	return $? ? "failed: $out" : $out;
}
my $out = up();
like $out, qr{\Aapplied migrations/\d+_create_audit\n}, 'the product';
unlike $out, qr/embedded|failed/, 'and nothing else';
is once('hosted', $_), '', 'again: ' . s{.*/}{}r
	for sort glob "$top/sql/migrations/2*.sql";
my $count = 'select count(*), count(*) filter (where type = \'function\') > 500
	from supabase_migrations.objects';
my $installed = run_as('hosted', '-c', $count);
run_as('hosted', '-c', "update supabase_migrations.functions set sha256 = ''");
like up(), qr{\A\w+ +functions\n\z}, 'the functions again';
is run_as('hosted', '-c', $count), $installed, 'as many as before';
is run_as('postgres', '-c', "insert into auth.users (id, email,
	raw_user_meta_data) values ('00000000-0000-4000-8000-00000000000a',
	'a\@example.test', '{\"full_name\": \"A\"}')"), '', 'somebody signs up';
is run_as('hosted', '-c', 'select email, display_name from public.users'),
	"a\@example.test|A\n", 'and has a profile';
is run_as('hosted', '-c', "set role authenticated",
	'-c', "set request.jwt.claims = '{\"sub\":
	\"00000000-0000-4000-8000-00000000000a\", \"role\": \"authenticated\"}'",
	'-c', "select api.project_create('{\"name\": \"n\",
	\"workingDir\": \"/\"}') ->> 'name'"), "n\n", 'and makes a project';

# --- data of the original moves in and out, as that role ------------------------

Maestro::Tree->new($m->dir . '/data', projects => 2, tasks => 6, sessions => 4);
my $to = project('hosted');
for my $words ("to-supabase --data @{[$m->dir]}/data",
	"from-supabase --data @{[$m->dir]}/out")
{
	my $out = `$Maestro::Test::build/maestro -c @{[$m->dir]}/maestro.conf migrate $words --database '$to' 2>&1`;
	is $?, 0, $words =~ s/ .*//r or diag $out;
}
my @trees = map { Maestro::Tree::normal(Maestro::Tree::read_all(
	$m->dir . "/$_")) } qw(data out);
delete @{$trees[1]}{grep { /^project/ && !$trees[0]{$_} } keys %{$trees[1]}};
is_deeply [Maestro::Tree::differences(@trees)], [], 'without loss';

done_testing;
