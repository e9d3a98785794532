# The storage schema: who may do what to objects and buckets, as plain SQL and
# through the functions that the storage surface uses.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Sql;

my $s = Maestro::Sql->new;
my ($p, $other) = @$s{qw(p other)};
my $mia = $s->id('mia');

$s->psql(<<"END");
insert into storage.buckets (id, name, public) values
	('pub', 'pub', true), ('priv', 'priv', false);
insert into storage.objects (bucket_id, name, owner_id, version, metadata)
select b, n, '$mia', gen_random_uuid(), '{"size": 3, "mimetype": "a/b"}'
from (values ('project-files', '$p/f.txt'), ('project-files', '$p/d/g.txt'),
	('project-files', '$other/secret'), ('project-files', 'top'),
	('pub', 'x'), ('priv', 'x')) t(b, n);
END

# Columns: ann adam mia vic bob root anon service.
my $mine = "bucket_id = 'project-files' and name like '$p/%'";
my $deletes = "select set_config('storage.allow_delete_query', 'true', true)";
my %expect = (
	'members see their files' => [
		"select from storage.objects where $mine",
		'2 2 2 2 0 0 0 2'],
	'and nothing else' => [
		"select from storage.objects where not ($mine)",
		'0 0 0 0 1 0 0 4'],
	'members and up add' => [
		"insert into storage.objects (bucket_id, name)
		values ('project-files', '$p/new')",
		'1 1 1 42501 42501 42501 42501 1'],
	'not outside a project' => [
		"insert into storage.objects (bucket_id, name)
		values ('project-files', 'loose')",
		'42501 42501 42501 42501 42501 42501 42501 1'],
	'not in other buckets' => [
		"insert into storage.objects (bucket_id, name)
		values ('priv', '$p/new')",
		'42501 42501 42501 42501 42501 42501 42501 1'],
	'members and up change' => [
		"update storage.objects set metadata = '{}' where $mine",
		'2 2 2 0 0 0 0 2'],
	'but move nothing away' => [
		"update storage.objects set name = '$other/x'
		where name = '$p/f.txt'",
		'42501 42501 42501 0 0 0 0 1'],
	'plain deletes are stopped' => [
		"delete from storage.objects where $mine",
		join ' ', ('42501') x 8],
	'buckets are nobody\'s' => [
		"select from storage.buckets", '0 0 0 0 0 0 0 4'],
	'nobody makes one' => [
		"insert into storage.buckets (id, name) values ('n', 'n')",
		'42501 42501 42501 42501 42501 42501 42501 1'],
	'doomed versions are the service\'s' => [
		"select from storage_local.doomed_versions",
		'42501 42501 42501 42501 42501 42501 42501 0'],
	'so are migrations' => [
		"select from storage.migrations",
		'42501 42501 42501 42501 42501 42501 42501 0'],
);
for my $what (sort keys %expect) {
	my ($sql, $want) = @{$expect{$what}};
	is join(' ', $s->tries(map { [$_, $sql] } @Maestro::Sql::all)), $want,
		$what;
}

# --- every table of storage has row-level security ---
is $s->psql("select string_agg(relname, ' ') from pg_class
	where relnamespace in ('storage'::regnamespace,
		'storage_local'::regnamespace)
	and relkind = 'r' and not relrowsecurity"), '',
	'row-level security is on everywhere';
is $s->psql("select string_agg(p.oid::regprocedure::text, ' ')
	from pg_proc p where pronamespace in ('storage'::regnamespace,
		'storage_local'::regnamespace) and prosecdef
	and not coalesce(array_to_string(proconfig, ' '), '')
		like '%search_path=%'"), '',
	'definer functions have a fixed search_path';

# --- probes ---
sub probe ($who, $key, $upsert) {
	return $s->ask($who, "select storage_local.try_write('project-files',
		'$key', null, null, null, $upsert)");
}
is probe('mia', "$p/new", 'false'), '', 'a member may upload';
is probe('vic', "$p/new", 'false'), '42501', 'a viewer may not';
is probe('mia', "$p/f.txt", 'false'), '23505', 'not over a file';
is probe('mia', "$p/f.txt", 'true'), '', 'unless asked to';
is probe('bob', "$p/f.txt", 'true'), '42501', 'others neither';
is probe('bob', "$p/f.txt", 'false'), '42501',
	'and hear nothing about what is there';
is $s->psql('select count(*) from storage.objects'), 6, 'probes leave nothing';
is $s->psql('select count(*) from storage_local.doomed_versions'), 0,
	'not even a doomed version';
is $s->refusal('bob', "select storage_local.delete_object('project-files',
	'$p/f.txt')"), '404 no_such_key', 'delete: absent for others';
is $s->refusal('vic', "select storage_local.delete_object('project-files',
	'$p/f.txt')"), '403 access_denied', 'refused for viewers';
is $s->refusal('bob', "select storage_local.probe_move('project-files',
	'$p/f.txt', 'project-files', '$other/f', null)"), '404 no_such_key',
	'move: absent for others';
is $s->rows('bob', 'storage_object_stat', 'project-files', "$p/f.txt")->[0]{id},
	undef, 'reading too';
is $s->ask('bob', "select count(*) from storage_local.public_object(
	'project-files', '$p/f.txt')"), 0, 'whatever one says of the bucket';
is $s->ask('anon', "select count(*) from storage_local.public_object(
	'pub', 'x')"), 1, 'public is public';

# --- lists show what policies show, at a cost that does not grow ---
is $s->ask('vic', "select string_agg(name, ' ')
	from storage.search('$p/', 'project-files')"), 'd f.txt', 'list v1';
is $s->ask('bob', "select string_agg(name, ' ')
	from storage.search('', 'project-files')"), $other, 'own folder only';
is $s->ask('mia', "select string_agg(name, ' ')
	from storage.search_v2('', 'project-files')"), "$p/", 'list v2';
$s->psql("insert into storage.objects (bucket_id, name)
	select 'priv', 'big/' || i from generate_series(1, 20000) i;
	insert into storage.objects (bucket_id, name)
	select 'priv', 'f' || i || '/x' from generate_series(1, 5) i;
	analyze storage.objects");
for my $call ("storage.search('', 'priv')", "storage.search_v2('', 'priv')",
	"storage.search('', 'priv', sortorder => 'desc')",
	"storage.search_v2('', 'priv', sort_order => 'desc')") {
	my $out = $s->psql("begin; set local role service_role;
		select count(*) from $call;
		select coalesce(sum(idx_tup_fetch + seq_tup_read), 0)
		from pg_stat_xact_user_tables where relname = 'objects';");
	my ($n, $touched) = split /\n/, $out;
	is $n, 7, "$call: folders once";
	cmp_ok $touched, '<', 1000, "without reading what is in them";
}

# --- names that differ in case only, and objects without a time ---
$s->psql("insert into storage.objects (bucket_id, name, created_at)
	select 'priv', 'c/' || n || i, case when i > 1 then now() end
	from generate_series(1, 40) i, unnest('{ab,aB,Ab}'::text[]) n");
for my $call (map { my $order = $_; map { "storage.search('C/', 'priv',
		sortcolumn => '$_', sortorder => '$order', limits => 1000)" }
		'name', 'created_at', 'updated_at' } 'asc', 'desc') {
	is $s->ask('service', "select count(distinct id) from $call"), 120,
		"all are in the list: $call" =~ s/\s+/ /gr;
}

# --- what Supabase's functions say ---
is $s->psql("select storage.foldername('a/b/c.tar.gz')"), '{a,b}', 'foldername';
is $s->psql("select storage.filename('a/b/c.tar.gz')"), 'c.tar.gz', 'filename';
is $s->psql("select storage.extension('a/b/c.tar.gz')"), 'gz', 'extension';
is $s->psql("select storage.extension('a.b/c')"), 'c', 'of a name without dot';
is $s->psql("select size from storage.get_size_by_bucket()
	where bucket_id = 'project-files'"), 12, 'size by bucket';
is $s->psql("select storage_local.lock_number(
	'bucket2/authenticated/tr2.txt')"), '1894201938', 'lock number';
is $s->psql("select set_config('storage.operation', 'storage.object.list',
	false) \\g /dev/null
	select storage.allow_only_operation('object.list'),
	storage.allow_any_operation('{storage.object.copy,object.move}')"),
	't|f', 'operations';
is $s->refusal('service', "select storage.can_insert_object('pub', 'n', null,
	'{}')"), '200 rollback successful insert',
	'can_insert_object undoes itself';

# --- triggers ---
is $s->refusal('service', "$deletes \\g /dev/null
	delete from storage.objects where bucket_id = 'pub'"), '42501',
	'the permission to delete';
is $s->psql('select count(*) from storage.objects where bucket_id = \'pub\''),
	1, 'ends with the transaction';
$s->psql("begin; $deletes; delete from storage.objects
	where bucket_id = 'pub'; commit");
is $s->psql('select count(*) from storage_local.doomed_versions'), 1,
	'a deleted version is doomed';
is $s->refusal('service', "insert into storage.buckets (id, name)
	values (repeat('x', 101), repeat('x', 101))"), 'P0001',
	'bucket names are 100 characters at most';
done_testing;
