# State and program are apart: migrations hold no function, what a function
# decides is stored nowhere, and each function, view, trigger and policy stands
# once, in a file of sql/functions that is right in whatever order it comes.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Test;

my $m = Maestro::Test->new(start => 0);
$m->start('postgres');
my $top = $Maestro::Test::top;
my $divider = "-- --- what hangs on tables\n";
my $ours = join ', ', map { "'$_'::regnamespace" } qw(public api private auth
	auth_local storage storage_local);

sub text_of ($path) {
	open my $f, '<', $path or die "$path: $!";
	local $/;
	return scalar <$f>;
}

# Every statement that makes one of them, as "kind name [on table]".
sub made_in ($text) {
	$text =~ s/--.*//g;
	my @made;
	while ($text =~ /\bcreate\s+(?:or\s+replace\s+)?
		(?:constraint\s+|materialized\s+|recursive\s+)*
		(function|procedure|aggregate|view|trigger|policy|rule)\s+
		([\w.]+) (?: (\s*\() | .*?\bon\s+([\w.]+) )?/gsix)
	{
		my ($kind, $name, $is_call, $on) = (lc $1, $2, $3, $4);
		push @made, $kind =~ /^(?:trigger|policy|rule)$/
			? "$kind $name on $on" : "$kind $name";
	}
	return @made;
}

my @migrations = map { glob "$top/sql/$_/*.sql" } 'migrations',
	'embedded/migrations';
cmp_ok scalar @migrations, '>', 10, 'there are migrations';
for (@migrations) {
	is join(', ', made_in(text_of($_))), '', s{.*/}{}r . ': state alone';
}

my (%count, @upper);
for my $folder ('embedded/functions', 'functions') {
	for (glob "$top/sql/$folder/*.sql") {
		my ($name) = m{/([^/]+)\z};
		my ($upper, $lower, @more) = split /^\Q$divider\E/m, text_of($_);
		is scalar @more, 0, "$folder/$name: one line divides it"
			if @more;
		my @above = made_in($upper);
		my @below = made_in($lower // '');
		is join(', ', grep { !/^function / } @above), '',
			"$folder/$name: functions above";
		is join(', ', grep { !/^(?:view|trigger|policy) / } @below), '',
			"$folder/$name: the rest below the line" if $lower;
		$count{$_}++ for grep { !/^function / } @above, @below;
		push @upper, [$folder, $upper];
	}
}
is join(', ', sort grep { $count{$_} > 1 } keys %count), '',
	'no view, trigger or policy stands twice';

# --- what is stored ------------------------------------------------------------

# An index that holds what a function of ours said is silently wrong when the
# function says something else; a default keeps it from being replaced.
# auth.uid() is the platform's: a product may use it.
is $m->psql("select pg_describe_object(d.classid, d.objid, d.objsubid), p.oid::regprocedure
	from pg_depend d join pg_proc p on p.oid = d.refobjid
	where d.refclassid = 'pg_proc'::regclass
	and d.classid in ('pg_class'::regclass, 'pg_constraint'::regclass,
		'pg_attrdef'::regclass, 'pg_type'::regclass,
		'pg_statistic_ext'::regclass)
	and p.pronamespace in ($ours)
	and not (d.classid = 'pg_attrdef'::regclass
		and p.oid = 'auth.uid()'::regprocedure
		and exists (select from pg_attrdef a join pg_class c
			on c.oid = a.adrelid where a.oid = d.objid
			and c.relnamespace = 'public'::regnamespace))"), '',
	'no index, check, default or generated column calls a function of ours';

# --- functions -------------------------------------------------------------------

# maestro migrate leaves bodies unchecked, because files come in no order.
sub errors_of ($text) {
	my ($out, $error) = $m->psql_try($text);
	return $error // '';
}
for my $pair (['embedded/functions', 'embedded'], ['functions', 'product']) {
	my ($folder, $name) = @$pair;
	is errors_of(join '', "\\set ON_ERROR_STOP on\nbegin;\n",
		"set local role maestro_owner;\n",
		"set local client_min_messages = warning;\n",
		"set local check_function_bodies = on;\n",
		(map { "$_->[1]\nset local role maestro_owner;\n" }
			grep { $_->[0] eq $folder } @upper),
		"rollback;\n"), '', "$name: every body is valid";
}
is $m->psql("select count(*) from pg_proc
	where pronamespace in ($ours) and prokind = 'f'"),
	scalar(my @names = map { made_in($_->[1]) } @upper),
	'each function stands once, and all of them in a file';

is $m->psql("select p.oid::regprocedure from pg_proc p
	where p.pronamespace in ('api'::regnamespace, 'private'::regnamespace,
		'auth_local'::regnamespace)
	and has_function_privilege('public', p.oid, 'execute')"), '',
	'everybody may call none of them';
is $m->psql("select p.oid::regprocedure from pg_proc p
	where p.pronamespace = 'api'::regnamespace and not (
		has_function_privilege('authenticated', p.oid, 'execute')
		and has_function_privilege('service_role', p.oid, 'execute'))"), '',
	'whoever has a login may call what is in api';
is $m->psql("select p.oid::regprocedure from pg_proc p
	where p.pronamespace in ('api'::regnamespace, 'private'::regnamespace)
	and has_function_privilege('anon', p.oid, 'execute')"),
	'api.token_claims(text)', 'a stranger one';
is $m->psql("select p.oid::regprocedure from pg_proc p
	where p.pronamespace in ($ours) and p.prosecdef
	and not coalesce('search_path=\"\"' = any(p.proconfig), false)"), '',
	'who acts as the owner looks nowhere but where it says';

# --- what the tool knows of ---------------------------------------------------------

is $m->psql("select i.type, i.identity from (
		select 'pg_proc'::regclass::oid as class, oid from pg_proc
		where pronamespace in ($ours)
		union all
		select 'pg_class'::regclass, oid from pg_class
		where relkind in ('v', 'm') and relnamespace in ($ours)
		union all
		select 'pg_trigger'::regclass, g.oid from pg_trigger g
		where not g.tgisinternal
		union all
		select 'pg_policy'::regclass, oid from pg_policy) o,
		pg_identify_object(o.class, o.oid, 0) i
	except (select type, identity from maestro_embedded.objects
		union all select type, identity from supabase_migrations.objects)"),
	'', 'all of it is recorded, so that what leaves the files goes';

# --- the logins ---

is $m->psql("select string_agg(rolname, ' ' order by rolname) from pg_roles
	where rolcanlogin and rolname ~ '^(authenticator|maestro_)'
		and not coalesce('jit=off' = any(rolconfig), false)"), '',
	'no login compiles plans';

done_testing;
