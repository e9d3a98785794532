#!/usr/bin/perl
# Prints the schema of a migrated database in reading order: types, tables with
# their columns, constraints, comments, indexes, policies and the names of their
# triggers, and views, by the migrations that made them; what a hosted project
# brings itself comes last.
#
#   perl sql/schema.pl 'host=... dbname=maestro user=maestro_owner' >sql/schema.sql
#   MAESTRO_SCHEMA=write ./quickstart check t/sql/schema.t     the same, without
#                                                              a database at hand
use v5.36;
use File::Basename qw(dirname);
use JSON::PP ();

my $width = 80;
my $url = shift // die "usage: schema.pl CONNECTION\n";
my $here = dirname(__FILE__);
binmode STDOUT, ':utf8';

# --- what the catalogs say -------------------------------------------------------

my $sql = <<'END';
set search_path = pg_catalog;
with schemas as (
	select oid, nspname from pg_namespace where nspname in ('public',
		'private', 'auth', 'auth_local', 'storage', 'storage_local')
)
select json_build_object('tables', (
	select json_object_agg(s.nspname || '.' || c.relname, json_build_object(
		'comment', obj_description(c.oid, 'pg_class'),
		'unlogged', c.relpersistence = 'u',
		'protected', c.relrowsecurity,
		'options', array_to_string(c.reloptions, ', '),
		'columns', (
			select json_agg(json_build_object(
				'name', quote_ident(a.attname),
				'type', format_type(a.atttypid, a.atttypmod),
				'collation', (select quote_ident(l.collname)
					from pg_collation l, pg_type t
					where l.oid = a.attcollation
						and t.oid = a.atttypid
						and t.typcollation <> l.oid),
				'required', a.attnotnull,
				'identity', a.attidentity,
				'generated', a.attgenerated,
				'default', pg_get_expr(d.adbin, a.attrelid, true),
				'comment', col_description(c.oid, a.attnum))
				order by a.attnum)
			from pg_attribute a
			left join pg_attrdef d on d.adrelid = a.attrelid
				and d.adnum = a.attnum
			where a.attrelid = c.oid and a.attnum > 0
				and not a.attisdropped),
		'constraints', coalesce((
			select json_agg(json_build_object(
				'name', k.conname,
				'kind', k.contype,
				'columns', array(
					select quote_ident(a.attname)
					from unnest(k.conkey) with ordinality u(n, i)
					join pg_attribute a on a.attrelid = k.conrelid
						and a.attnum = u.n
					order by u.i),
				'text', pg_get_constraintdef(k.oid, true))
				order by position(k.contype::text in 'pufcx'),
					k.conkey, k.conname)
			from pg_constraint k where k.conrelid = c.oid
				and k.contype <> 't'), '[]'),
		'indexes', coalesce((
			select json_agg(pg_get_indexdef(i.indexrelid)
				order by i.indexrelid)
			from pg_index i where i.indrelid = c.oid
				and not exists (select from pg_constraint k
					where k.conindid = i.indexrelid
						and k.contype in ('p', 'u', 'x'))), '[]'),
		'policies', coalesce((
			select json_agg(json_build_object(
				'name', quote_ident(p.polname),
				'permissive', p.polpermissive,
				'command', case p.polcmd when 'r' then 'select'
					when 'a' then 'insert' when 'w' then 'update'
					when 'd' then 'delete' else 'all' end,
				'roles', (select string_agg(case r when 0
					then 'public' else r::regrole::text end, ', '
					order by r::regrole::text)
					from unnest(p.polroles) r),
				'using', pg_get_expr(p.polqual, c.oid, true),
				'check', pg_get_expr(p.polwithcheck, c.oid, true))
				order by split_part(p.polname::text, '_' ||
					case p.polcmd when 'r' then 'select'
					when 'a' then 'insert' when 'w' then 'update'
					else 'delete' end, 1),
					position(p.polcmd::text in 'rawd'))
			from pg_policy p where p.polrelid = c.oid), '[]'),
		'triggers', coalesce((
			select json_agg(json_build_object('name', g.tgname,
				'function', g.tgfoid::regproc) order by g.tgname)
			from pg_trigger g where g.tgrelid = c.oid
				and not g.tgisinternal), '[]')))
	from pg_class c join schemas s on s.oid = c.relnamespace
	where c.relkind in ('r', 'p')),
'views', coalesce((
	select json_agg(json_build_object('name',
		s.nspname || '.' || c.relname, 'options',
		array_to_string(c.reloptions, ', '),
		'text', pg_get_viewdef(c.oid, true)) order by c.relname)
	from pg_class c join schemas s on s.oid = c.relnamespace
	where c.relkind in ('v', 'm')), '[]'),
'enums', coalesce((
	select json_object_agg(s.nspname || '.' || t.typname, array(
		select quote_literal(e.enumlabel) from pg_enum e
		where e.enumtypid = t.oid order by e.enumsortorder))
	from pg_type t join schemas s on s.oid = t.typnamespace
	where t.typtype = 'e'), '{}'))
END

sub catalogs {
	open my $psql, '-|', 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $url,
		'-c', $sql or die "psql: $!\n";
	local $/;
	my $text = <$psql>;
	close $psql or die "psql failed\n";
	return JSON::PP->new->utf8->decode($text);
}

# --- words --------------------------------------------------------------------------

sub columns ($text) {
	my $n = 0;
	$n = $_ eq "\t" ? $n + 8 - $n % 8 : $n + 1 for split //, $text;
	return $n;
}

# As we write it: keywords in lower case, no type after a literal that says it,
# none of the names and parentheses that the server adds to subqueries.
my $literal = qr/'(?:[^']|'')*'/;
sub plain ($text) {
	my $out = '';
	while ($text =~ /\G($literal|"[^"]*"|[^'"]+)/gc) {
		my $part = $1;
		if ($part !~ /^['"]/) {
			$part =~ s/^::text\b(?!\[)// if $out =~ /'\z/;
			$part =~ s/\b([A-Z][A-Z_]+)\b/lc $1/ge;
			$part =~ s/\s+/ /g;
			$part =~ s/\( /(/g;
			$part =~ s/\b(references \S+?)\(/$1 (/g;
		}
		$out .= $part;
	}
	$out =~ s/(\(select [\w.]+\.(\w+)\([^()]*\)) as \2\)/$1)/g;
	$out =~ s/\((\(select [\w.]+\([^()]*\)\))\)/$1/g;
	$out =~ s/any \(\((array\(select [\w.]+\([^()]*\)\))\)\)/any ($1)/g;
	return $out;
}

my %short = ('timestamp with time zone' => 'timestamptz', integer => 'int',
	'timestamp without time zone' => 'timestamp', boolean => 'bool');
sub type ($name) {
	return $short{$name} // $name =~ s/^character varying/varchar/r;
}

# Phrases on lines: each stays whole where it can; one that is longer than a
# line breaks between words, never inside a literal.
sub wrapped ($indent, @phrases) {
	my ($out, $line) = ('', $indent . shift @phrases);
	my $put = sub ($text) {
		return 0 if columns("$line $text") > $width;
		$line .= " $text";
		return 1;
	};
	my $next = sub ($text) {
		$out .= "$line\n";
		$line = "$indent\t$text";
	};
	if (columns($line) > $width) {
		unshift @phrases, $line =~ s/^\s+//r;
		$line = $indent . ($phrases[0] =~ s/^(\S+) // ? $1 : '');
	}
	for my $phrase (@phrases) {
		next if $put->($phrase);
		if (columns("$indent\t$phrase") <= $width) {
			$next->($phrase);
			next;
		}
		for my $word ($phrase =~ /((?:$literal|"[^"]*"|[^\s'"])+)/g) {
			$next->($word) if !$put->($word);
		}
	}
	return "$out$line\n";
}

sub remark ($indent, $text) {
	return '' if !length($text // '');
	my ($out, $line) = ('', "$indent--");
	for my $word (split /\s+/, $text) {
		if (columns("$line $word") > $width) {
			$out .= "$line\n";
			$line = "$indent--";
		}
		$line .= " $word";
	}
	return "$out$line\n";
}

sub heading ($text, $rule = '=') {
	my $line = "-- $rule$rule$rule $text ";
	return $line . $rule x ($width - 1 - length $line) . "\n\n";
}

# --- tables -------------------------------------------------------------------------

# The name PostgreSQL gives when nobody does says nothing.
sub constraint_name ($table, $k) {
	my $short = $table =~ s/.*\.//r;
	my $of = join '_', $short, map { s/"//gr } @{$k->{columns}};
	my %given = (p => "${short}_pkey", u => "${of}_key", f => "${of}_fkey",
		c => "${of}_check");
	return $k->{name} eq ($given{$k->{kind}} // '')
		|| $k->{kind} eq 'c' && $k->{name} eq "${short}_check"
		? '' : "constraint $k->{name} ";
}

# Of one column and without a name of its own: said with the column.
sub with_column ($table, $t, $column) {
	my @said;
	for my $k (@{$t->{constraints}}) {
		next if $k->{is_said} || @{$k->{columns}} != 1
			|| $k->{columns}[0] ne $column->{name}
			|| constraint_name($table, $k);
		$k->{is_said} = 1;
		push @said, plain($k->{text})
			=~ s/^(?:primary key|unique)\K \(.*//r
			=~ s/^foreign key \(.*?\) //r;
		push @said, $1 if $said[-1] =~ s/^references .*?\)\K (on .*)//;
	}
	return @said;
}

sub column_lines ($table, $t, $c) {
	my @said = with_column($table, $t, $c);
	my @words = "$c->{name} " . type($c->{type});
	$words[0] .= " collate $c->{collation}" if $c->{collation};
	$words[0] .= ' not null' if $c->{required}
		&& !$c->{identity} && !grep { /^primary key/ } @said;
	push @words, $c->{identity} eq 'a' ? 'generated always as identity'
		: 'generated by default as identity' if $c->{identity};
	push @words, $c->{generated}
		? 'generated always as (' . plain($c->{default}) . ') stored'
		: 'default ' . plain($c->{default}) =~ s/^($literal)::[\w. "\[\]]+\z/$1/r
		if defined $c->{default};
	return [remark("\t", $c->{comment}), @words, @said];
}

sub table ($name, $t) {
	my @parts;
	for my $c (@{$t->{columns}}) {
		push @parts, column_lines($name, $t, $c);
	}
	push @parts, ['', constraint_name($name, $_) . plain($_->{text})]
		for grep { !$_->{is_said} } @{$t->{constraints}};
	my $out = remark('', $t->{comment}) . 'create '
		. ($t->{unlogged} ? 'unlogged ' : '') . "table $name (\n";
	$_->[-1] .= ',' for @parts[0 .. $#parts - 1];
	for my $p (@parts) {
		my ($remark, @phrases) = @$p;
		$out .= $remark . wrapped("\t", @phrases);
	}
	$out .= ')' . ($t->{options} ? " with ($t->{options})" : '') . ";\n";
	$out .= wrapped('', plain($_) =~ s/ using btree//r . ';')
		for @{$t->{indexes}};
	$out .= $t->{protected}
		? "alter table $name enable row level security;\n"
		: "-- Without row-level security.\n";
	for my $p (@{$t->{policies}}) {
		my @more = ("for $p->{command} to $p->{roles}");
		unshift @more, 'as restrictive' if !$p->{permissive};
		push @more, 'using (' . plain($p->{using}) . ')'
			if defined $p->{using};
		push @more, 'with check (' . plain($p->{check}) . ')'
			if defined $p->{check};
		$more[-1] .= ';';
		$out .= "create policy $p->{name} on $name\n"
			. join '', map { wrapped("\t", $_) } @more;
	}
	$out .= "-- Trigger $_->{name}: $_->{function}\n" for @{$t->{triggers}};
	return "$out\n";
}

# --- all of it, in the order of the migrations ------------------------------------------

# [title, names of tables and types] of each migration of a folder.
sub subjects ($folder) {
	my @subjects;
	for my $path (sort glob "$here/$folder/*.sql") {
		open my $f, '<', $path or die "$path: $!\n";
		local $/;
		my $text = <$f>;
		my ($title) = $path =~ m{/\d+_([^/]+)\.sql\z};
		push @subjects, [$title =~ s/^create_//r =~ tr/_/ /r,
			[$text =~ /^\s*create (?:unlogged )?(?:table(?: if not exists)?|type) (\w+\.\w+)/mg]];
	}
	return @subjects;
}

sub enum ($name, $labels) {
	return wrapped('', "create type $name as enum (" . join(', ', @$labels)
		. ');') . "\n";
}

my $all = catalogs();
my ($tables, $enums) = @$all{qw(tables enums)};

sub subject ($title, @names) {
	my $out = '';
	for my $name (@names) {
		my $e = delete $enums->{$name};
		$out .= enum($name, $e) if $e;
		my $t = delete $tables->{$name};
		$out .= table($name, $t) if $t;
	}
	print heading($title), $out if $out;
}

print <<'END';
-- The tables of a migrated database, in reading order.  Generated by
-- sql/schema.pl, which says how; t/sql/schema.t compares.  What is declared
-- here is made by sql/migrations and sql/functions.

END
subject(@$_[0], @{$_->[1]}) for subjects('migrations');
print heading('views') if @{$all->{views}};
for my $v (@{$all->{views}}) {
	print "create view $v->{name}",
		($v->{options} ? " with ($v->{options})" : ''), " as\n",
		wrapped("\t", plain($v->{text} =~ s/^\s+//r)), "\n";
}
# Types of auth are made in a loop, so their names stand in no statement.
for (subjects('embedded/migrations')) {
	my ($title, $names) = @$_;
	my $schema = $names->[0] =~ s/\..*//r;
	subject("$title: a hosted project brings its own",
		(grep { /^\Q$schema.\E/ } sort keys %$enums), @$names);
}
subject('made by no migration', sort(keys %$enums), sort keys %$tables);
