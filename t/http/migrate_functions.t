# The folders of functions: maestro migrate installs them as a whole, whenever
# they are not what was installed.  A garden of its own: small trees say more.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;
use File::Path qw(make_path);
use POSIX ();

my $m = Maestro::Test->new(start => 0);
$m->start('postgres');
my $dir = $m->dir;
my $sql = "$dir/sql";
my $url = $m->database_url('maestro_owner') =~ s/dbname=\S+/dbname=garden/r;
my $divider = "-- --- what hangs on tables\n";

sub psql ($text) {
	my ($out, $error) = $m->psql_try("\\connect garden maestro_owner\n$text");
	die "psql: $error" if $error;
	return $out;
}

sub put ($name, $text) {
	make_path("$sql/$name" =~ s{/[^/]*$}{}r);
	open my $f, '>', "$sql/$name" or die "$name: $!";
	print $f $text;
	close $f;
}

sub migrate (@words) {
	my $out = `$Maestro::Test::build/maestro -c $dir/maestro.conf migrate @words --sql-dir $sql --database '$url' 2>&1`;
	return ($? >> 8, $out);
}

sub up_says ($says, $name) {
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($rc, $out) = migrate('up');
	is $out, $says, $name;
	is $rc, $says =~ /^maestro:/ ? 1 : 0, "$name: status";
}

# Each folder on a line of its own, migrations left out.
sub folders {
	my ($rc, $out) = migrate('status');
	return $rc . join '', map { " $_" } grep { m{ (embedded/)?functions$} }
		map { s/ +/ /r } split /\n/, $out;
}

# --- the garden ----------------------------------------------------------------

$m->psql('create database garden');
system(qw(psql -Xqf), "$Maestro::Test::top/sql/embedded/roles.sql", '-d',
	$m->database_url('postgres') =~ s/dbname=\S+/dbname=garden/r);
make_path($sql);
system('cp', '-R', "$Maestro::Test::top/sql/install", $sql);
put('embedded/migrations/20200101000000_create_soil.sql',
	'create schema soil;');
put('embedded/functions/soil.sql', <<'END');
set local role supabase_auth_admin;
reset role;
create or replace function soil.kind() returns text
language sql stable as $$ select 'loam' $$;
END
put('migrations/20200102000000_create_trees.sql', <<'END');
create table public.trees (id int primary key, name text, height int);
alter table public.trees enable row level security;
insert into public.trees values (1, 'oak', 20);
END

my %file = (trees => <<"END", words => <<'END');
-- Uses what stands in a later file.
create or replace function public.tree_label(tree public.trees) returns text
language plpgsql stable as \$\$
begin
	return public.loud(tree.name);
end
\$\$;
create or replace function public.tree_touch() returns trigger
language plpgsql as \$\$
begin
	new.height := new.height + 1;
	return new;
end
\$\$;
revoke execute on function public.tree_touch() from public;
${divider}create or replace view public.labels as
	select t.id, public.tree_label(t) as label from public.trees t;
create trigger trees_touch before update on public.trees
	for each row execute function public.tree_touch();
create policy trees_read on public.trees for select
	using (public.loud(name) <> '');
END
create or replace function public.loud(word text) returns text
language sql immutable as $$ select upper(word) $$;
END

sub plant (%change) {
	%file = (%file, %change);
	unlink glob "$sql/functions/*";
	put("functions/$_.sql", $file{$_}) for grep { defined $file{$_} } keys %file;
}

sub functions_are ($name, %want) {
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is psql(<<'END'), join("\n", sort map { split ' ', $_ } @want{qw(functions views triggers policies)}), $name;
select word from (
	select p.proname || '(' || pronargs || ')' from pg_proc p
	where pronamespace = 'public'::regnamespace
	union all select relname from pg_class
	where relkind = 'v' and relnamespace = 'public'::regnamespace
	union all select tgname from pg_trigger where not tgisinternal
	union all select polname from pg_policy) t(word)
order by word collate "C"
END
}

my %planted = (functions => 'loud(1) tree_label(1) tree_touch(0)',
	views => 'labels', triggers => 'trees_touch', policies => 'trees_read');

subtest 'an empty database' => sub {
	plant();
	is folders(), '1 pending embedded/functions pending functions',
		'all is to do';
	up_says(<<'END', 'state, then program, of either pair');
applied embedded/migrations/20200101000000_create_soil
installed embedded/functions
applied migrations/20200102000000_create_trees
installed functions
END
	functions_are('all of it is there', %planted);
	is psql('select label from labels'), 'OAK', 'and works';
	is folders(), '0 applied embedded/functions applied functions',
		'status says so';
	up_says("nothing to do\n", 'again');
};

subtest 'a changed body' => sub {
	plant(words => $file{words} =~ s/upper\(word\)/upper(word) || '!'/r);
	is folders(), '1 applied embedded/functions stale functions', 'status';
	up_says("installed functions\n", 'only that folder');
	is psql('select label from labels'), 'OAK!', 'is the new one';
	is psql("select has_function_privilege('maestro_jobs',
		'public.tree_touch()', 'execute')"), 'f', 'and what was revoked is';
	up_says("nothing to do\n", 'again');
};

subtest 'a changed signature' => sub {
	plant(words => $file{words} =~ s/\bword\b/w/gr);
	up_says("installed functions\n", 'another argument name');
	plant(words => $file{words} =~ s/w text/w text, times int default 1/r
		=~ s/upper\(w\)/repeat(upper(w), times)/r);
	up_says("installed functions\n", 'one argument more');
	functions_are('no second loud()', %planted,
		functions => 'loud(2) tree_label(1) tree_touch(0)');
	plant(words => $file{words} =~ s/returns text/returns varchar/r);
	up_says("installed functions\n", 'another type');
	is psql("select prorettype::regtype from pg_proc
		where proname = 'loud'"), 'character varying', 'it has';
};

subtest 'what left the files' => sub {
	my $before = $file{trees};
	plant(trees => $before =~ s/create or replace view.*?;\n//sr
		=~ s/create trigger.*?;\n//sr =~ s/create policy.*?;\n//sr,
		more => "create function public.more() returns int\n"
		. "language sql as 'select 1';\n");
	up_says("installed functions\n", 'a view, a trigger, a policy');
	functions_are('are dropped', functions =>
		'loud(2) more(0) tree_label(1) tree_touch(0)', views => '',
		triggers => '', policies => '');
	plant(trees => $before, more => undef);
	up_says("installed functions\n", 'a whole file');
	functions_are('is dropped, the rest is back', %planted,
		functions => 'loud(2) tree_label(1) tree_touch(0)');
};

subtest 'what others hang on it' => sub {
	psql(<<'END');
create view public.guest as select public.loud('x') as loud;
create function public.helper() returns int language sql as 'select 1';
END
	plant(words => $file{words} =~ s/\|\| '!'/|| '?'/r,
		grants => "revoke execute on function public.helper()\n"
		. "\tfrom public;\n");
	up_says("installed functions\n", 'a changed body below a foreign view');
	is psql('select loud from guest'), 'X?', 'serves it';
	my $good = $file{words};
	plant(words => $good =~ s/returns varchar/returns text/r);
	my ($rc, $out) = migrate('up');
	is $rc, 1, 'a changed type cannot';
	like $out, qr{^maestro: \Q$sql\E/functions/words\.sql:1: cannot change return type}, 'names the line';
	like $out, qr/function public\.loud\(.*view guest depends on function loud/s,
		'the function and who depends on it';
	my $trees = $file{trees};
	plant(words => undef, trees => $trees =~ s/public\.loud/upper/gr);
	($rc, $out) = migrate('up');
	is $rc, 1, 'it cannot leave either';
	like $out, qr{^maestro: \Q$sql\E/functions: cannot drop function loud\(text,integer\) .*view guest depends}s, 'for the same reason';
	plant(words => $good, trees => 'nonsense;');
	unlike((migrate('up'))[1], qr/guest/, 'who has no part is not named');
	is psql('select label from labels'), 'OAK?', 'all is as it was';
	plant(words => $good, grants => undef, trees => $trees);
	up_says("installed functions\n", 'good again');
	is psql('select public.helper()'), 1,
		'a function that was only granted is not taken for ours';
	psql('drop view public.guest; drop function public.helper()');
};

subtest 'a broken file' => sub {
	my $good = $file{trees};
	plant(trees => $good =~ s/create or replace function public.tree_touch/create function tree touch/r);
	my ($rc, $out) = migrate('up');
	is $rc, 1, 'fails';
	like $out, qr{functions/trees\.sql:8: .*syntax error}, 'names the line';
	plant(trees => $good =~ s/select t\.id/select t.number/r);
	($rc, $out) = migrate('up');
	like $out, qr{functions/trees\.sql:18: .*t\.number}, 'in its lower part too';
	plant(trees => $good =~ s/on public\.trees\n/on public.bushes\n/r);
	($rc, $out) = migrate('up');
	like $out, qr{functions/trees\.sql:19: .*"public\.bushes"},
		'also when PostgreSQL does not';
	plant(trees => $good, tricky => <<'END');
-- It's; a "comment /* of $$ signs
/* nested; /* more; */ 'still; */
create table public.";" (a text default E'it\';s', b text default ';''
');;
create function public.atom(n int) returns text language sql begin atomic
	select case n when 1 then ';' end; select $a$;$b$;$a$; end;
do $body$ begin perform 1; end $body$;
select (1), ';' as "a;b";
	create trigger none before update on public.none
	for each row execute function public.tree_touch();
END
	($rc, $out) = migrate('up');
	like $out, qr{functions/tricky\.sql:9: .*"public\.none"},
		'whatever stands before';
	plant(tricky => undef);
	is folders(), '0 applied embedded/functions applied functions',
		'the books are as they were';
	functions_are('and all there was', %planted,
		functions => 'loud(2) tree_label(1) tree_touch(0)');
	make_path("$dir/none/migrations", "$dir/none/functions");
	($rc, $out) = migrate('up', '--sql-dir', "$dir/none");
	unlike $out, qr/installed/, 'an empty folder is not installed';
};

subtest 'two at once' => sub {
	plant(words => "select pg_sleep(0.3);\n$file{words}");
	my @pids = map {
		my $pid = fork // die;
		POSIX::_exit((migrate('up'))[0]) if !$pid;
		$pid;
	} 1, 2;
	my @rc = map { waitpid $_, 0; $? } @pids;
	is "@rc", '0 0', 'wait for each other and both succeed';
	is psql('select count(*) from supabase_migrations.functions'), 1,
		'one installation';
};

subtest 'interrupted' => sub {
	my $good = $file{words} =~ s/^select.*\n//r;
	plant(words => "$good-- a new one\nselect pg_sleep(60);\n");
	my $pid = fork // die;
	POSIX::_exit((migrate('up'))[0]) if !$pid;
	Maestro::Test::wait_for('the installation', sub {
		psql("select count(*) from pg_stat_activity
			where query like '%pg_sleep(60)%'
			and pid <> pg_backend_pid()") });
	psql("select pg_terminate_backend(pid) from pg_stat_activity
		where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()");
	waitpid $pid, 0;
	is $? >> 8, 1, 'fails';
	functions_are('all is as it was', %planted,
		functions => 'loud(2) tree_label(1) tree_touch(0)');
	is folders(), '1 applied embedded/functions stale functions', 'told so';
	plant(words => $good);
	up_says("installed functions\n", 'the next run does it');
};

subtest 'somebody holds a lock' => sub {
	my $hold = sub ($seconds) {
		my $pid = fork // die;
		if (!$pid) {
			eval { psql("begin; select from public.trees;
				select pg_sleep($seconds) as held") };
			POSIX::_exit(0);
		}
		Maestro::Test::wait_for('the lock', sub { psql("select count(*)
			from pg_stat_activity where query like '%as held%'
			and pid <> pg_backend_pid() and state = 'active'") });
		return $pid;
	};
	plant(words => "$file{words}-- more\n");
	my $pid = $hold->(1);
	up_says("installed functions\n", 'for a moment: it is waited for');
	waitpid $pid, 0;
	plant(words => "$file{words}-- and more\n");
	$pid = $hold->(30);
	my ($rc, $out) = migrate('up');
	is $rc, 1, 'for long: gives up';
	like $out, qr{^maestro: \Q$sql\E/functions: .*lock timeout \(55P03\), 10 times},
		'and says why';
	is psql('select label from labels'), 'OAK?', 'all is as it was';
	psql("select pg_terminate_backend(pid) from pg_stat_activity
		where query like '%as held%' and pid <> pg_backend_pid()");
	waitpid $pid, 0;
	up_says("installed functions\n", 'then it works');
};

subtest 'a migration of a later release' => sub {
	put('migrations/20200103000000_rename_height.sql', <<'END');
drop view public.labels;
drop policy trees_read on public.trees;
alter table public.trees alter name type varchar(40);
alter table public.trees add born int;
END
	is folders(), '1 applied embedded/functions stale functions', 'status';
	up_says(<<'END', 'under functions that are installed');
applied migrations/20200103000000_rename_height
installed functions
END
	is psql('select label from labels'), 'OAK?', 'what it dropped is back';
	up_says("nothing to do\n", 'again');
};

subtest 'a release for the Supabase CLI' => sub {
	my ($rc, $out) = migrate('release');
	is $rc, 2, 'needs no database';
	my $release = sub {
		chomp(my $path = `$Maestro::Test::build/maestro migrate release --sql-dir $sql 2>&1`);
		return $path;
	};
	my $path = $release->();
	like $path, qr{^\Q$sql\E/migrations/\d{14}_install_functions\.sql$},
		'is a file among the migrations';
	is $release->(), $path, 'is not made twice';
	my $name = $path =~ s{.*/(.*)\.sql}{$1}r;
	is folders(), '1 applied embedded/functions applied functions',
		'it is pending, the functions are not';
	up_says("applied migrations/$name\n", 'is recorded, not run');
	my $at = psql('select installed_at from supabase_migrations.functions');
	local $ENV{PGOPTIONS} = '-c client_min_messages=warning';
	system("psql -Xqb1 -v ON_ERROR_STOP=1 -o /dev/null -d '$url' -f $path");
	is $?, 0, 'can be run';
	isnt psql('select installed_at from supabase_migrations.functions'), $at,
		'and installs';
	is folders(), '0 applied embedded/functions applied functions',
		'just the same';
	plant(words => "$file{words}-- changed\n");
	isnt $release->(), $path, 'there is a new one when they changed';
};

done_testing;
