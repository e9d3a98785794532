# maestro migrate and maestro keys, as an admin uses them.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;
use JSON::PP ();
use POSIX ();

my $m = Maestro::Test->new;
my $dir = $m->dir;
system('cp', '-R', "$Maestro::Test::top/sql", "$dir/sql");
my $migrations = "$dir/sql/migrations";
my $url = $m->database_url('maestro_owner');

sub maestro (@words) {
	my $line = join ' ', map { "'$_'" } "$Maestro::Test::build/maestro",
		'-c', "$dir/maestro.conf", @words;
	my $out = `$line 2>&1`;
	return ($? >> 8, $out);
}

sub migrate ($what, @more) {
	return maestro('migrate', $what, '--sql-dir', "$dir/sql", @more);
}

sub put ($name, $sql) {
	open my $f, '>', "$migrations/$name" or die "$name: $!";
	print $f $sql;
	close $f;
}

subtest 'nothing to do' => sub {
	my ($rc, $out) = migrate('up');
	is $rc, 0, 'succeeds' or diag $out;
	is $out, "nothing to do\n", 'and says so';
	($rc, $out) = migrate('status');
	is $rc, 0, 'status 0';
	like $out, qr{^applied  embedded/migrations/\d{14}_create_auth$}m,
		'the embedded schema is applied';
	like $out, qr{^applied  embedded/functions$}m, 'and its functions are';
	unlike $out, qr/^(?!applied)/m, 'all of it is';
	is $m->psql('select count(*) from supabase_migrations.schema_migrations'),
		scalar(my @files = glob "$migrations/*.sql"),
		'recorded where the Supabase CLI looks';
};

subtest 'a new file' => sub {
	put('20990101000000_create_pear.sql', <<'END');
set local lock_timeout = '2s';
create table private.pear (id int);
END
	my ($rc, $out) = migrate('status');
	is $rc, 1, 'status tells';
	like $out, qr{^pending  migrations/20990101000000_create_pear$}m, 'which';
	($rc, $out) = migrate('up');
	is $rc, 0, 'is applied' or diag $out;
	is $out, "applied migrations/20990101000000_create_pear\n"
		. "installed functions\n", 'by name';
	is $m->psql("select to_regclass('private.pear')"), 'private.pear',
		'its table is there';
};

subtest 'a broken file' => sub {
	put('20990102000000_create_plum.sql', <<'END');
create table private.plum (id int);

creat table private.oops (id int);
END
	my ($rc, $out) = migrate('up');
	is $rc, 1, 'fails';
	like $out, qr{20990102000000_create_plum\.sql:3: .*syntax error},
		'and names file and line';
	is $m->psql("select to_regclass('private.plum')"), '',
		'nothing of it stays';
	put('20990102000000_create_plum.sql', "begin;\ncommit;\n");
	($rc, $out) = migrate('up');
	like $out, qr/ends its own transaction/, 'a file may not commit';
	put('20990102000000_create_plum.sql', "-- no-transaction\n"
		. "create index concurrently pear_id on private.pear (id);\n");
	($rc, $out) = migrate('up');
	is $rc, 0, 'a file marked so runs outside of one' or diag $out;
};

subtest 'drift' => sub {
	open my $f, '>>', "$migrations/20990101000000_create_pear.sql" or die;
	print $f "-- an afterthought\n";
	close $f;
	my ($rc, $out) = migrate('up');
	is $rc, 1, 'a changed file is refused';
	like $out, qr{20990101000000_create_pear\.sql was changed}, 'by name';
	like((migrate('status'))[1], qr/^CHANGED +migrations\/20990101000000/m,
		'status shows it');
	unlink "$migrations/20990101000000_create_pear.sql";
	($rc, $out) = migrate('up');
	like $out, qr/holds no file 20990101000000/, 'so is a vanished one';
	put('20990102000000_again.sql', 'select 1;');
	($rc, $out) = migrate('up');
	like $out, qr/have the same version/, 'and a version used twice';
	unlink "$migrations/20990102000000_again.sql";
};

subtest 'two at once' => sub {
	put('20990101000000_create_pear.sql', <<'END');
set local lock_timeout = '2s';
create table private.pear (id int);
END
	put('20990103000000_create_fig.sql',
		"create table private.fig as select 1 as n from pg_sleep(0.3);");
	my @pids = map {
		my $pid = fork // die;
		POSIX::_exit((migrate('up'))[0]) if !$pid;
		$pid;
	} 1, 2;
	my @rc = map { waitpid $_, 0; $? } @pids;
	is "@rc", '0 0', 'wait for each other and both succeed';
};

subtest 'a new file, made for us' => sub {
	my @before = sort map { s{.*/}{}r } glob "$migrations/*.sql";
	my ($rc, $out) = maestro('migrate', 'new', 'Create figs', '--sql-dir',
		"$dir/sql");
	is $rc, 0, 'migrate new' or diag $out;
	chomp $out;
	like $out, qr{^\Q$migrations\E/\d{14}_create_figs\.sql$}, 'says where';
	my $name = $out =~ s{.*/}{}r;
	cmp_ok $name, 'gt', $before[-1], 'above the last';
	open my $f, '<', $out or die;
	is scalar <$f>, "set local lock_timeout = '2s';\n", 'with its header';
	close $f;
	($rc, $out) = migrate('up');
	is $out, 'applied migrations/' . $name =~ s/\.sql$//r . "\n"
		. "installed functions\n", 'it can be applied as it is';
	is((maestro('migrate', 'new', $_, '--sql-dir', "$dir/sql"))[0], 1,
		"not \"$_\"") for '../evil', '', 'x;y', '-';
	is((maestro('migrate', 'new'))[0], 2, 'nor without a name');
	is((maestro('migrate', 'new', 'x', '--sql-dir', '/nowhere'))[0], 1,
		'nor nowhere');
};

subtest 'linked' => sub {
	my ($rc, $out) = migrate('status', '--linked');
	is $rc, 1, 'no project is linked';
	like $out, qr/neither supabase_enabled nor supabase link/, 'says so';
	my $work = "$dir/work";
	system('mkdir', '-p', "$work/supabase/.temp", "$work/deep/er");
	my $linked = sub ($in, $url, %env) {
		for ([ref => 'abcdefghijklmnopqrst'], [url => $url]) {
			my ($what, $text) = @$_;
			my $file = $what eq 'ref' ? 'project-ref' : 'pooler-url';
			open my $f, '>', "$work/supabase/.temp/$file" or die;
			print $f $text;
		}
		local @ENV{keys %env} = values %env;
		return `cd $work/$in && $Maestro::Test::build/maestro -c $dir/maestro.conf migrate status --linked --sql-dir $dir/sql 2>&1`;
	};
	$out = $linked->('deep/er', 'postgresql://postgres.abcdefghijklmnopqrst:'
		. '[YOUR-PASSWORD]@127.0.0.1:6543/postgres',
		SUPABASE_DB_PASSWORD => 'secret-word');
	like $out, qr/^maestro: PostgreSQL: .*127\.0\.0\.1.* port 5432 failed/,
		'the pooler that keeps sessions, from a folder below';
	unlike $out, qr/secret-word/, 'without the password';
	like $linked->('', 'rubbish'), qr/pooler-url is no address/, 'rubbish';
	my $h = Maestro::Test->new(hosted => $m, users => []);
	$rc = system("$Maestro::Test::build/maestro -c $h->{dir}/maestro.conf migrate status --linked >$dir/out 2>&1") >> 8;
	$out = `cat $dir/out`;
	like $out, qr{^applied  migrations/}m, 'the project of the settings';
	unlike $out, qr{embedded/}, 'without what it brings itself';
};

subtest 'refusals' => sub {
	my ($rc, $out) = migrate('sideways');
	is $rc, 2, 'an unknown word is wrong usage';
	($rc, $out) = migrate('up', '--database', 'host=/nowhere dbname=x');
	is $rc, 1, 'no database';
	like $out, qr/^maestro: PostgreSQL: /, 'in one sentence';
	($rc, $out) = migrate('up', '--database',
		$m->database_url('authenticator'));
	is $rc, 1, 'the web login may not migrate';
	($rc, $out) = maestro('nonsense');
	is $rc, 2, 'an unknown command';
};

subtest 'keys' => sub {
	my $keys = sub { JSON::PP->new->decode(do {
		open my $f, '<', "$dir/keys.json" or die; local $/; <$f> }) };
	my ($rc, $out) = maestro('keys', 'new');
	open my $f, '>', "$dir/keys.json" or die;
	print $f $out;
	close $f;
	chmod 0600, "$dir/keys.json";
	my ($first) = map { $_->{kid} } @{$keys->()};
	ok $first, 'a new key';
	is((maestro('keys', 'rotate', "$dir/keys.json"))[0], 0, 'rotates');
	my $now = $keys->();
	is scalar @$now, 2, 'two keys';
	isnt $now->[0]{kid}, $first, 'the new one first';
	is_deeply $now->[1]{key_ops}, ['verify'], 'the old one only checks';
	is sprintf('%o', (stat "$dir/keys.json")[2] & 0777), '600',
		'the file stays private';
	system('cp', "$dir/secrets/jwt-keys.json", "$dir/old-keys.json");
	my $old = (maestro('keys', 'api-key', 'anon'))[1];
	chomp $old;
	is $m->http->with(headers => {apikey => $old})
		->get('/auth/v1/settings')->status, 200, 'an API key opens doors';
	is((maestro('keys', 'api-key', 'root'))[0], 2,
		'no keys for other roles');
};

subtest 'rotation while people are signed in' => sub {
	my $n = Maestro::Test->new(users => ['ann']);
	my $d = $n->dir;
	my $before = $n->as('ann');
	is $before->get('/api/projects')->status, 200, 'signed in';
	my ($rc, $out) = do {
		my $o = `$Maestro::Test::build/maestro keys rotate $d/secrets/jwt-keys.json 2>&1`;
		($?, $o) };
	is $rc, 0, 'the keys are rotated' or diag $out;
	my $old = $n->http->get('/auth/v1/.well-known/jwks.json')->json;
	$n->reload;
	Maestro::Test::wait_for('the new key', sub {
		@{$n->http->get('/auth/v1/.well-known/jwks.json')
			->json->{keys}} == @{$old->{keys}} + 1;
	});
	is $before->get('/api/projects')->status, 200, 'the old token is good';
	delete $n->{user}{ann}{token};
	is $n->as('ann')->get('/api/projects')->status, 200, 'so is a new one';
};

done_testing;
