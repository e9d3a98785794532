package Maestro::Project;

# The database "project" of a Maestro::Test: as empty as a hosted project is.
# Schemas auth and storage are somebody else's; its owner's role is hosted,
# which is no superuser.
#
#   my $p = Maestro::Project->new($m);
#   $p->url('hosted')                      connection string
#   $p->run('hosted', '-c', 'select 1')    psql: output, or "failed: ..."
#   $p->migrate('up', ...)                 maestro migrate as hosted: likewise
use v5.36;
use Maestro::Test;
use Test::More;

my $top = $Maestro::Test::top;

sub new ($class, $m) {
	my $self = bless {m => $m}, $class;
	$m->psql('create database project');
	is $self->run('postgres', '-f', "$top/sql/embedded/roles.sql"), '',
		'the roles';
	is $self->run('maestro_owner', '-1', '-o', '/dev/null', '-c',
		'set local check_function_bodies = off', map { ('-f', $_) }
		sort(glob "$top/sql/embedded/migrations/*.sql"),
		sort glob "$top/sql/embedded/functions/*.sql"), '',
		'what a project brings';
	is $self->run('postgres', '-c', <<'END'), '', 'the role of a project';
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
	# Settings of a maestro on that project.
	$self->{on} = Maestro::Test->new(hosted => $m, users => [], start => 0);
	return $self;
}

sub url ($self, $user) {
	return $self->{m}->database_url($user) =~ s/dbname=\S+/dbname=project/r;
}

sub _output ($line) {
	my $out = `$line 2>&1`;
	return $? ? "failed: $out" : $out;
}

sub run ($self, $user, @args) {
	local $ENV{PGOPTIONS} = '-c client_min_messages=warning';
	my $words = join ' ', map { "'" . s/'/'\\''/gr . "'" } @args;
	return _output("psql -XAtq -v ON_ERROR_STOP=1 -d '@{[$self->url($user)]}' $words");
}

sub migrate ($self, $what, @words) {
	return _output("$Maestro::Test::build/maestro -c $self->{on}{dir}/maestro.conf migrate $what --database '@{[$self->url('hosted')]}' @words");
}

# Somebody signs up, has a profile, makes a project: does it work?
sub try_it ($self) {
	is $self->run('postgres', '-c', "insert into auth.users (id, email,
		raw_user_meta_data) values
		('00000000-0000-4000-8000-00000000000a', 'a\@example.test',
		'{\"full_name\": \"A\"}')"), '', 'somebody signs up';
	is $self->run('hosted', '-c',
		'select email, display_name from public.users'),
		"a\@example.test|A\n", 'and has a profile';
	is $self->run('hosted', '-c', 'set role authenticated', '-c', "set
		request.jwt.claims = '{\"sub\":
		\"00000000-0000-4000-8000-00000000000a\",
		\"role\": \"authenticated\"}'",
		'-c', "select name from api.project_create('{\"name\":
		\"n\", \"workingDir\": \"/\"}')"), "n\n",
		'and makes a project';
}

1;
