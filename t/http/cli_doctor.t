# maestro doctor: each trouble is found and named, with what to do about it.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Cli;
use Maestro::Test;

my $m = Maestro::Test->new(users => ['ann'],
	conf => {store_fsync => 'true'});
my $d = $m->dir;
chmod 0600, "$d/maestro.conf";
my $c = Maestro::Cli->new($m);

sub doctor (%o) { $c->run(['-c', "$d/maestro.conf", 'doctor'], %o) }

# name => [level, message] of the worst of that name
sub found (%o) {
	my $r = $c->json(['-c', $o{conf} // "$d/maestro.conf", 'doctor'], %o);
	my %rank = (ok => 0, warn => 1, fail => 2);
	my %by;
	for my $x (@{$r->{json}{data}{checks}}) {
		my $old = $by{$x->{name}};
		$by{$x->{name}} = $x if !$old
			|| $rank{$x->{level}} > $rank{$old->{level}};
	}
	return ($r, \%by);
}

sub trouble ($name, $level, $text, $remedy, $why, %o) {
	my ($r, $by) = found(%o);
	my $x = $by->{$name} // {level => '', message => '', remedy => ''};
	is $x->{level}, $level, $why;
	like $x->{message}, $text, 'says what';
	like $x->{remedy}, $remedy, 'and what to do';
	is $r->{rc}, $level eq 'fail' ? 1 : 0, 'exit status';
}

my $r = doctor();
is $r->{rc}, 0, 'all is well' or diag $r->{out};
unlike $r->{out}, qr/^fail/m, 'nothing is wrong';
like $r->{out}, qr/^ok +\Q$_\E /m, "$_ was looked at" for qw(configuration
	files database roles connections migrations redis store space server
	certificate clock sign-in versions);
like $r->{out}, qr/^\d+ ok, \d+ to look at, 0 wrong$/m, 'and counted';

subtest 'configuration' => sub {
	$c->put("$d/bad.conf", "site_url = https://x\nnonsense = 1\n");
	trouble('configuration', 'fail', qr/bad\.conf:2: .*nonsense/,
		qr/maestro\.conf\(5\)/, 'an unknown setting',
		conf => "$d/bad.conf");
	chmod 0644, "$d/maestro.conf";
	my $text = $c->slurp("$d/maestro.conf");
	$c->put("$d/open.conf", $text =~ s/(database_url = .*)/$1 password=x/r,
		0644);
	trouble('files', 'fail', qr/everybody may read/, qr/^chmod o= /,
		'passwords everybody may read', conf => "$d/open.conf");
	chmod 0640, "$d/secrets/jwt-secret";
	is +(found())[0]{rc}, 0, 'a group may read a secret';
	chmod 0644, "$d/secrets/jwt-secret";
	trouble('files', 'fail', qr/jwt_secret_file: others may/,
		qr/^chmod 600 /, 'everybody may not');
	chmod 0600, "$d/secrets/jwt-secret";
	my $keys = $c->slurp("$d/secrets/jwt-keys.json");
	$c->put("$d/secrets/jwt-keys.json", '[]');
	trouble('files', 'fail', qr/^the signing keys: /, qr/backup/,
		'keys that are none');
	$c->put("$d/secrets/jwt-keys.json", $keys);
	my ($r, $by) = found(conf => '/nowhere/x.conf');
	is $by->{configuration}{level}, 'fail', 'no such file';
	my $e = Maestro::Cli->new($m);
	$r = $e->run(['doctor']);
	like $r->{out}, qr/^warn +configuration +no installation here/m,
		'a machine without one';
	like $r->{out}, qr/^ok +server +it is ready/m,
		'still looks at the server';
	is $r->{rc}, 0, 'and is content';
};

subtest 'the layout of ./quickstart' => sub {
	my $e = Maestro::Cli->new($m, env => {MAESTRO_CACERT => undef});
	mkdir "$e->{cwd}/var";
	symlink "$d/maestro.conf", "$e->{cwd}/var/maestro.conf";
	symlink "$d/secrets", "$e->{cwd}/var/secrets";
	mkdir "$e->{cwd}/var/tls";
	symlink $m->ca_file, "$e->{cwd}/var/tls/cert.pem";
	$e->put("$d/secrets/db-maestro_owner", 'x');
	my $r = $e->run(['doctor'], env => {MAESTRO_CACERT => undef});
	like $r->{out}, qr{^ok +configuration +var/maestro\.conf}m, 'is found';
	like $r->{out}, qr/^ok +server +it is ready/m,
		'with its certificate';
	unlink "$d/secrets/db-maestro_owner";
};

subtest 'database' => sub {
	trouble('roles', 'fail', qr/is a superuser/, qr/authenticator/,
		'a superuser as the web\'s login',
		env => {DATABASE_URL => $m->database_url('postgres')});
	trouble('roles', 'fail', qr/may not become/, qr/authenticator/,
		'a login that can do nothing',
		env => {DATABASE_URL => $m->database_url('maestro_push')});
	trouble('migrations', 'warn', qr/may not see/,
		qr/MAESTRO_MIGRATE_DATABASE_URL/, 'a login that may not look',
		env => {MAESTRO_MIGRATE_DATABASE_URL =>
			$m->database_url('authenticator')});
	system('cp', '-R', "$Maestro::Test::top/sql", "$d/sql");
	my %sql = (env => {MAESTRO_SQL_DIR => "$d/sql"});
	is +(found(%sql))[1]{migrations}{level}, 'ok', 'the same files';
	$c->put("$d/sql/migrations/20990101000000_new.sql", "select 1;\n");
	# The functions are installed again after it, so they wait too.
	trouble('migrations', 'fail', qr/^2 of \d+ are not applied/,
		qr/maestro migrate up/, 'a new file', %sql);
	unlink "$d/sql/migrations/20990101000000_new.sql";
	my ($first) = sort glob "$d/sql/migrations/*.sql";
	$c->put($first, $c->slurp($first) . "-- more\n");
	my ($name) = $first =~ m{([^/]+)\.sql$};
	trouble('migrations', 'fail', qr/\Q$name.sql\E was changed/,
		qr/back as it was/, 'a changed file', %sql);
	unlink $first;
	trouble('migrations', 'fail', qr/of which there is no file/,
		qr/the maestro this database belongs to/, 'a missing file',
		%sql);
};

subtest 'Redis, store' => sub {
	$m->stop('redis');
	trouble('redis', 'fail', qr/./, qr/redis_url right/, 'Redis is away');
	$m->start('redis');
	$c->put("$d/plain.conf", $c->slurp("$d/maestro.conf")
		=~ s/^redis_url.*\n//mr);
	trouble('redis', 'warn', qr/none is configured/, qr/redis_url/,
		'none is wanted', conf => "$d/plain.conf");
	trouble('store', 'fail', qr/cannot be written/, qr/make /,
		'no store', env => {MAESTRO_STORE_DIR => "$d/none"});
	trouble('store', 'warn', qr/lost with the power/, qr/store_fsync/,
		'a careless one', env => {MAESTRO_STORE_FSYNC => 'false'});
	my $left = glob "$d/store/.doctor*";
	is $left, undef, 'nothing is left behind';
};

subtest 'server' => sub {
	trouble('certificate', 'warn', qr/proves nothing/, qr/--cacert/,
		'a certificate of its own',
		env => {MAESTRO_CACERT => undef});
	system("openssl req -x509 -newkey ec -pkeyopt "
		. "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
		. "/CN=localhost -keyout $d/secrets/key.pem "
		. "-out $d/secrets/cert.pem 2>/dev/null");
	chmod 0600, "$d/secrets/key.pem";
	$m->stop('nginx');
	trouble('server', 'fail', qr/localhost:\d+: /, qr/are nginx and/,
		'nobody answers');
	$m->start('nginx');
	trouble('certificate', 'fail', qr/good for [12] days/, qr/renew it/,
		'one that ends soon');
	$m->stop('web');
	trouble('server', 'fail', qr/no maestro/, qr/nginx/,
		'nothing behind nginx');
	$m->start('web');
};

subtest 'PostgreSQL is away' => sub {
	$m->stop('postgres');
	my ($r, $by) = found();
	is $by->{database}{level}, 'fail', 'is found';
	like $by->{database}{remedy}, qr/is PostgreSQL running/, 'and named';
	is $by->{server}{level}, 'fail', 'the server is not ready then';
	like $by->{server}{message}, qr/database/, 'because of that';
	is $by->{redis}{level}, 'ok', 'the others are looked at too';
	is $r->{rc}, 1, 'exit status';
	$m->start('postgres');
};

subtest 'a hosted project' => sub {
	my $h = Maestro::Test->new(hosted => $m, users => []);
	my ($r, $by) = found(conf => $h->dir . '/maestro.conf',
		env => {MAESTRO_CACERT => $h->ca_file});
	is $by->{project}{level}, 'ok', 'answers' or diag explain $by->{project};
	like $by->{configuration}{message}, qr/on a hosted project/, 'is told';
	is $by->{migrations}{level}, 'ok', 'its migrations are applied';
	ok !$by->{store}, 'its store is its own matter';
	$c->put($h->dir . '/secrets/anon-key', 'wrong');
	trouble('project', 'fail', qr/accounts: the project answers 401/,
		qr/supabase_anon_key_file/, 'a wrong key',
		conf => $h->dir . '/maestro.conf',
		env => {MAESTRO_CACERT => $h->ca_file});
};
done_testing;
