package Maestro::Sql;

# A database with the whole schema, the people of a team and somebody who is
# not of it: for tests of policies and rules below HTTP.
#
#   my $s = Maestro::Sql->new;
#   $s->try('bob', 'delete from public.tasks')   rows it touched, or SQLSTATE;
#                                                rolled back
#   $s->ask('ann', 'select api.task_get(...)')   text; committed; dies
#   $s->json('ann', 'select api.f(...)')         decoded; a row is a hash with
#                                                camelCase keys
#   $s->rows('ann', 'task_get', 't1')            a named query of sql/queries,
#                                                rows likewise
#   $s->prepared('task_get', 't1')               SQL that runs it with the plan
#                                                that is kept
#   $s->refusal('bob', '...')                    "404 not_found field"
#   $s->id('bob')
#
# People: ann (owner of the project $s->{p}), adam (admin), mia (member), vic
# (viewer), bob (has a project of his own, $s->{other}), root (platform admin),
# anon, service.
use v5.36;
use Carp qw(croak);
use JSON::PP ();
use Maestro::Test;

my $json = JSON::PP->new->canonical;
my %number = (ann => 'a', adam => 'b', mia => 'c', vic => 'd', bob => 'e',
	root => 'f');
our @people = qw(ann adam mia vic bob root);
our @all = (@people, qw(anon service));

sub new ($class) {
	my $m = Maestro::Test->new(start => 0);
	$m->start('postgres');
	my $self = bless {m => $m}, $class;
	$self->_prepare;
	return $self;
}

sub id ($self, $who) {
	return "00000000-0000-4000-8000-00000000000$number{$who}";
}

sub psql ($self, $sql) { $self->{m}->psql($sql) }

sub quote ($s) { "'" . $s =~ s/'/''/gr . "'" }

sub claims ($self, $who) {
	return '{}' if $who eq 'anon';
	return '{"role":"service_role"}' if $who eq 'service';
	return $json->encode({sub => $self->id($who), role => 'authenticated',
		email => "$who\@example.test", $who eq 'root' ? (app_metadata
			=> {platform_role => 'admin'}) : ()});
}

sub role ($who) {
	return {anon => 'anon', service => 'service_role'}->{$who}
		// 'authenticated';
}

sub _prepare ($self) {
	my $users = join ",\n", map { "('" . $self->id($_) . "',
		'00000000-0000-0000-0000-000000000000', 'authenticated',
		'authenticated', '$_\@example.test', now(),
		'{\"display_name\": \"\u$_\"}', '{}', now(), now())" } @people;
	$self->psql(<<"END");
insert into auth.users (id, instance_id, aud, role, email, email_confirmed_at,
	raw_user_meta_data, raw_app_meta_data, created_at, updated_at)
values $users;
create schema test;
grant usage on schema test to public;
create function test.try(role text, claims text, sql text) returns text
language plpgsql as \$\$
declare
	n bigint;
begin
	perform set_config('request.jwt.claims', claims, true),
		set_config('role', role, true);
	execute sql;
	get diagnostics n = row_count;
	raise exception using errcode = 'ZZ999', message = n::text;
exception
	when sqlstate 'ZZ999' then return sqlerrm;
	when others then return sqlstate;
end
\$\$;
END
	for my $who (qw(ann bob)) {
		my $p = $self->json($who,
			"select api.project_create('{\"name\": \"of $who\",
			\"workingDir\": \"/w\"}')")->{id};
		$self->{$who eq 'ann' ? 'p' : 'other'} = $p;
	}
	my %role = (adam => 'admin', mia => 'member', vic => 'viewer');
	$self->ask('ann', "select api.member_add('$self->{p}',
		'{\"userId\": \"@{[$self->id($_)]}\", \"role\": \"$role{$_}\"}')")
		for sort keys %role;
}

sub _as ($self, $who) {
	return "select set_config('request.jwt.claims', "
		. quote($self->claims($who)) . ", false), set_config('role', '"
		. role($who) . "', false) \\g /dev/null\n";
}

sub ask ($self, $who, $sql) {
	return $self->psql($self->_as($who) . $sql);
}

sub _camel ($value) {
	return [map { _camel($_) } @$value] if ref $value eq 'ARRAY';
	return $value if ref $value ne 'HASH';
	return {map { (s/(?<=.)_(\w)/\u$1/gr => $value->{$_}) } keys %$value};
}

# What a function gives: JSON, or a row, which is made JSON here.
sub json ($self, $who, $sql) {
	$sql =~ s/^select (api\.\w+\(.*\))$/select to_json($1)/s;
	return _camel(JSON::PP->new->allow_nonref->decode(
		$self->ask($who, $sql)));
}

# A named query as it is compiled in, its arguments written into it.
sub query ($self, $name, @args) {
	$self->{queries} //= $json->decode(
		scalar qx($^X sql/compile.pl json sql/queries/*.sql));
	my $sql = $self->{queries}{$name} // croak "no query $name";
	return $sql =~ s/\$(\d+)/defined $args[$1 - 1]
		? quote($args[$1 - 1]) : 'null'/ger;
}

# The same prepared, with the plan that a connection keeps whatever the
# arguments.
sub prepared ($self, $name, @args) {
	$self->query($name);
	my $sql = $self->{queries}{$name};
	my %n = map { $_ => 1 } $sql =~ /\$(\d+)/g;
	my $list = join ', ', map { defined $args[$_ - 1]
		? quote($args[$_ - 1]) : 'null' } 1 .. keys %n;
	return "set plan_cache_mode = force_generic_plan;\nprepare q as $sql;\n"
		. 'execute q' . ($list ? " ($list)" : '');
}

sub rows ($self, $who, $name, @args) {
	return _camel(JSON::PP->new->decode($self->ask($who,
		"select coalesce(json_agg(to_json(q)), '[]') from ("
		. $self->query($name, @args) . ') q')));
}

sub refusal ($self, $who, $sql) {
	my ($out, $error) = $self->{m}->psql_try(
		"\\set VERBOSITY verbose\n" . $self->_as($who) . $sql, 'postgres');
	return '' if !$error;
	my ($state) = $error =~ /ERROR:\s+(\w{5}):/;
	return $error if !$state;
	my ($code) = $error =~ /DETAIL:[ ]+(.*)/;
	my ($field) = $error =~ /HINT:[ ]+(\S+)/;
	return $state if $state !~ /^PT(\d+)/;
	return join ' ', $1, $code, $field // ();
}

# Many at once: [[who, sql], ...] -> list of rows touched or SQLSTATE.
sub tries ($self, @list) {
	my $sql = join '', map {
		'select test.try(' . join(', ', map { quote($_) } role($_->[0]),
			$self->claims($_->[0]), $_->[1]) . ");\n" } @list;
	return split /\n/, $self->psql($sql);
}

sub try ($self, $who, $sql) { ($self->tries([$who, $sql]))[0] }

1;
