# Lists of a big bucket read what they show, as whoever asks: counted are the
# rows of storage.objects that each statement takes up, those that policies
# refuse among them.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Sql;

my $s = Maestro::Sql->new;
my ($p, $other) = @$s{qw(p other)};
my $bucket = 'project-files';

# 20,000 files in one folder of the project, 40 folders of ten beside it, and
# as much of another project.  Names, and each of the times, in an order of
# their own.
$s->psql(<<"END");
set session_replication_role = replica; -- no triggers: only the rows matter
insert into storage.objects (bucket_id, name, created_at, updated_at,
	last_accessed_at, metadata)
select '$bucket', o.name, timestamptz '2026-01-01' + i * 7919 % 20011
		* interval '1 s',
	timestamptz '2026-01-01' + i * 5501 % 20011 * interval '1 s',
	timestamptz '2026-01-01' + i * 3001 % 20011 * interval '1 s',
	'{"size": 3, "mimetype": "a/b"}'
from generate_series(1, 20000) i, lateral (values
	('$p/big/' || case i % 5000 when 0 then 'rare' else 'f' end || i),
	('$other/big/f' || i)) o(name);
insert into storage.objects (bucket_id, name)
select '$bucket', '$p/d' || d || '/' || f
from generate_series(1, 40) d, generate_series(1, 10) f;
set session_replication_role = origin;
analyze storage.objects;
END

# Runs statements in one session: name -> [rows, plans, nested ones included].
sub run ($who, %sql) {
	my $file = "$s->{m}{dir}/plans.sql";
	open my $f, '>', $file or die $!;
	print $f "load 'auto_explain'; set auto_explain.log_min_duration = 0;
		set auto_explain.log_nested_statements = on;
		set auto_explain.log_analyze = on; set jit = off;
		set statement_timeout = '8s';\n", $s->_as($who),
		"set client_min_messages = log;\n",
		map { "\\warn == $_\nselect count(*) from ($sql{$_}) q \\gset\n"
			. "\\warn rows :count\n" } sort keys %sql;
	close $f;
	my $url = $s->{m}->database_url('postgres');
	my $out = `psql -XqAt -v ON_ERROR_STOP=1 -d '$url' -f '$file' 2>&1`;
	die $out if $?;
	my (undef, %plan) = split /^== (.*)\n/m, $out;
	return map { $_ => [$plan{$_} =~ /^rows (\d+)$/m, $plan{$_}] } keys %plan;
}

# (rows of storage.objects taken up, what scanned it whole)
sub work ($plan) {
	my ($read, $whole, $loops) = (0, '');
	for (split /\n/, $plan) {
		if (/(\w[\w ]*Scan\b.*?) on objects\b.*rows=(\d+) loops=(\d+)\)/) {
			$loops = $3;
			$read += $2 * $3;
			$whole .= "$1 " if $1 =~ /^(?:Seq|Parallel)/;
		} elsif (/->|Query Text/) {
			undef $loops;
		} elsif ($loops && /Rows Removed by .*?: (\d+)/) {
			$read += $1 * $loops;
		}
	}
	return ($read, $whole =~ s/ \z//r);
}

sub v1 ($prefix, $column, $order, $offset = 0, $search = '') {
	return $s->query('storage_list', $prefix, $bucket, 50, $offset, $search,
		$column, $order);
}

# As handlers ask: one row more than is shown.
sub v2 ($name, $prefix, $column, $descending, $last = '', $at = undef) {
	return $s->query("storage_list_$name", $bucket, $prefix, 51, $last,
		$column, $descending, $at);
}

my ($last, $at) = split /\|/, $s->psql("select name, created_at
	from storage.objects where name like '$p/big/%'
	order by created_at offset 10000 limit 1");
my @times = qw(created_at updated_at last_accessed_at);
my %list = (
	(map { my $order = $_;
		map { ("v1 by $_, $order" => v1("$p/big/", $_, $order)) }
			'name', @times } 'asc', 'desc'),
	'v1 of folders by name' => v1("$p/", 'name', 'asc'),
	'v1 of folders by time' => v1("$p/", 'created_at', 'desc'),
	'v1, a search that many match' =>
		v1("$p/big/", 'created_at', 'asc', 0, 'f1'),
	(map { my $order = $_ ? 'true' : 'false';
		("v2 flat by name, $order" =>
			v2('flat', "$p/big/", 'name', $order),
		"v2 flat by name behind a cursor, $order" =>
			v2('flat', "$p/big/", 'name', $order, $last),
		"v2 flat by time, $order" =>
			v2('flat', "$p/big/", 'updated_at', $order),
		"v2 flat by time behind a cursor, $order" =>
			v2('flat', "$p/big/", 'created_at', $order, $last, $at),
		"v2 by name, $order" =>
			v2('folders', "$p/big/", 'name', $order),
		"v2 by name behind a cursor, $order" =>
			v2('folders', "$p/big/", 'name', $order, $last),
		"v2 by time, $order" =>
			v2('folders', "$p/big/", 'created_at', $order),
		"v2 by time behind a cursor, $order" => v2('folders',
			"$p/big/", 'created_at', $order, $last, $at)) } 0, 1),
	'v2 of folders by name' => v2('folders', "$p/", 'name', 'false'),
);
my %rows = map { $_ => 41 } 'v1 of folders by name', 'v1 of folders by time',
	'v2 of folders by name';
my %ran = run('mia', %list);
for my $what (sort keys %list) {
	my ($shown, $plan) = @{$ran{$what}};
	is $shown, $rows{$what} // ($what =~ /^v1/ ? 50 : 51), "$what: a page";
	my ($read, $whole) = work($plan);
	is $whole, '', "$what: the table is not read whole";
	# A name is found and then looked up; batches end beyond the page, and
	# half of what is searched does not match.
	my $each = $what =~ /search/ ? 12 : 8;
	cmp_ok $read, '<=', $each * $shown, "$what: $shown shown, $read read"
		or diag $plan;
	cmp_ok $read, '>=', $shown, "$what: they were counted";
}

# A search that few match does not go through the folder, and an offset costs
# what it skips: who may see it has to be asked of each.
my %search = ('a search that few match' => ['rare', 4],
	'one that nothing matches' => ['none', 0]);
%ran = run('mia', (map { ("an offset by $_" =>
		v1("$p/big/", $_, 'asc', 3000)) } 'name', 'created_at'),
	map { $_ => v1("$p/big/", 'created_at', 'asc', 0, $search{$_}[0]) }
	keys %search);
for my $what (sort keys %search) {
	my ($shown, $plan) = @{$ran{$what}};
	is $shown, $search{$what}[1], "$what: all are found";
	my ($read) = work($plan);
	cmp_ok $read, '<', 2500, "$what: not the whole folder ($read)";
}
for my $what (map { "an offset by $_" } 'name', 'created_at') {
	is $ran{$what}[0], 50, "$what: a page";
	my ($read) = work($ran{$what}[1]);
	cmp_ok $read, '<', 2 * 3050 + 2100, "$what: to there ($read)";
}

# The root of the bucket, by whoever sees all projects.  (For others every
# object of a project has to be asked for before its folder can be left out.)
my %root = ('v1 by name' => v1('', 'name', 'asc'),
	'v1 by time' => v1('', 'updated_at', 'asc'),
	'v2 by name' => v2('folders', '', 'name', 'false'));
%ran = run('service', %root);
for my $what (sort keys %root) {
	is $ran{$what}[0], 2, "the root, $what: two projects";
	my ($read) = work($ran{$what}[1]);
	cmp_ok $read, '<', 50, "the root, $what: not what is in them ($read)";
}

done_testing;
