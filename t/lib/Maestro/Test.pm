package Maestro::Test;

# A whole private maestro for one test file: PostgreSQL (copied from a cluster
# that is made once per state of sql/), Redis, maestro-web and nginx, all in
# one folder under /tmp, on unix sockets but for nginx' two loopback ports.
#
#   my $m = Maestro::Test->new(users => [qw(ann bob)], conf => {...});
#   my $r = $m->as('ann')->post('/api/projects', {name => 'x'});
#   is $r->status, 201; $r->json->{id}; $r->header('etag'); $r->body
#   $m->anon, $m->service          with the API keys
#   $m->http                       without any credential
#   $m->browser                    keeps cookies; ->form($path, {fields})
#   $m->as('ann')->with(ip => '192.0.2.7', headers => {...})
#   $m->psql($sql), $m->psql($sql, 'authenticated')   login role, default
#                                                     the superuser
#   $m->url (TLS), $m->http_url (plain), $m->dir, $m->ca_file
#   $m->stop('postgres'); $m->start('postgres'); $m->reload
#
# Options: users, admins (names), conf (settings), hosted (another
# Maestro::Test that plays the hosted project), web_workers, io_workers,
# nginx (text put into http {}), pg (settings of PostgreSQL), tcp => 1
# (PostgreSQL listens on a loopback port too: $m->tcp_url), redis => 0,
# start => 0 (folder only).
# Everything ends with the object, with the test, or with its death.
use v5.36;
use Carp qw(croak);
use Cwd qw(abs_path);
use Digest::SHA qw(sha256_hex hmac_sha256);
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use File::Temp ();
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP ();
use MIME::Base64 qw(encode_base64url);
use Time::HiRes qw(time sleep);
use Maestro::Http;
use Maestro::Proc;

our $top = abs_path(dirname(__FILE__) . '/../../..');
our $build = abs_path($ENV{MAESTRO_BUILD} //
	(-x 'maestro-web' ? '.' : "$top/build"));
my $pg_bin = '/usr/lib/postgresql/15/bin';
my $is_root = $> == 0;
my ($pg_user, $web_user) = $is_root ? qw(postgres www-data) : (undef, undef);
my $pg_super = 'postgres';
my $deadline_s = $ENV{MAESTRO_TEST_DEADLINE} // 30;
our %live;

# A test that hangs is a failed one, and takes its servers with it.
$SIG{ALRM} = sub { die "the test took too long\n" };
alarm($ENV{MAESTRO_TEST_LIMIT} // 900);

# --- small helpers ----------------------------------------------------------

# Was the build made with --enable-sanitize?  Then memory and time say little.
sub is_sanitized {
	state $is = _read("$build/maestro-web") =~ /__asan_init/ ? 1 : 0;
	return $is;
}

sub _write ($path, $text, $mode = 0644) {
	open my $f, '>', $path or croak "$path: $!";
	chmod $mode, $path;
	print $f $text;
	close $f or croak "$path: $!";
}

sub _read ($path) {
	open my $f, '<', $path or croak "$path: $!";
	local $/;
	return scalar <$f> // '';
}

sub _run (@argv) {
	my $out = `@{[join ' ', map { "'" . s/'/'\\''/gr . "'" } @argv]} 2>&1`;
	croak "$argv[0] failed ($?): $out" if $?;
	return $out;
}

sub _as_pg (@argv) {
	return $is_root ? ('runuser', '-u', $pg_user, '--', @argv) : @argv;
}

# Waits for a condition, never for a time.
sub wait_for ($what, $code, $seconds = $deadline_s) {
	my $end = time + $seconds;
	while (1) {
		my $v = $code->();
		return $v if $v;
		croak "gave up waiting for $what" if time > $end;
		sleep 0.01;
	}
}

sub _free_port {
	my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1',
		LocalPort => 0) or croak "no free port: $!";
	return $s->sockport;
}

# May another user walk to this place?
sub _reachable ($path) {
	for (my $p = $path; $p ne '/'; $p = dirname $p) {
		return 0 if !((stat $p)[2] & 1);
	}
	return 1;
}

# --- made once per build: cluster, keys, certificate ------------------------

sub _sql_hash {
	my @files = sort map { glob "$top/sql/$_/*.sql" } 'embedded',
		'embedded/{migrations,functions}',
		'{install,migrations,functions}';
	return substr sha256_hex(join "\0", 5, $>,
		map { ($_ =~ s{.*/sql/}{}r, _read($_)) } @files), 0, 16;
}

sub _make_cluster ($to) {
	my $dir = File::Temp::tempdir('/tmp/mt-make-XXXXXX');
	my $uid = $is_root ? (getpwnam $pg_user)[2] : $>;
	chown $uid, -1, $dir;
	_run(_as_pg("$pg_bin/initdb", '-D', "$dir/pg", '-U', $pg_super,
		qw(-A trust -E UTF8 --locale=C.UTF-8 --no-sync
		--wal-segsize=1)));
	my $pg = _postgres($dir, "$dir/pg");
	eval {
		_pg_ready($pg, "$dir/pg");
		my @to = ('psql', qw(-Xqv ON_ERROR_STOP=1 -h), $dir, '-U',
			$pg_super);
		_run(@to, '-d', 'postgres', '-c', 'create database maestro');
		_run(@to, '-d', 'maestro', '-f', "$top/sql/embedded/roles.sql");
		local $ENV{MAESTRO_SQL_DIR} = "$top/sql";
		_run("$build/maestro", '-c', '/dev/null', 'migrate', 'up',
			'--database',
			"host=$dir dbname=maestro user=maestro_owner");
	};
	my $error = $@;
	$pg->end;
	if ($error) {
		remove_tree($dir);
		die $error;
	}
	remove_tree($to, "$to.new");
	_run('cp', '-a', "$dir/pg", "$to.new");
	rename "$to.new", $to or croak "$to: $!";
	remove_tree($dir);
}

sub _make_secrets ($to) {
	remove_tree("$to.new");
	make_path("$to.new");
	my $secret = join '', map { sprintf '%02x', rand 256 } 1 .. 32;
	_write("$to.new/jwt-keys.json", _run("$build/maestro", 'keys', 'new'));
	_write("$to.new/jwt-secret", $secret);
	for my $role (qw(anon service_role)) {
		my $name = $role =~ tr/_/-/r;
		_write("$to.new/" . ($role eq 'anon' ? 'anon-key' : "$name-key"),
			_hs256({iss => 'supabase', role => $role,
				iat => time - 60, exp => time + 30 * 86400},
				$secret));
	}
	_run('openssl', qw(req -x509 -newkey ec -pkeyopt
		ec_paramgen_curve:prime256v1 -nodes -days 30 -subj
		/CN=localhost -addext), 'subjectAltName=DNS:localhost,IP:127.0.0.1',
		'-keyout', "$to.new/key.pem", '-out', "$to.new/cert.pem");
	rename "$to.new", $to or croak "$to: $!";
}

# The folder that holds them, made under a lock.
sub _template {
	my $dir = "$build/t-cache";
	make_path($dir);
	open my $lock, '>', "$dir/lock" or croak "$dir/lock: $!";
	flock $lock, LOCK_EX;
	my $name = _sql_hash();
	if (!-d "$dir/pg-$name") {
		remove_tree(glob "$dir/pg-*");
		_make_cluster("$dir/pg-$name");
	}
	# Keys are good for 30 days.
	_make_secrets("$dir/secrets")
		if !-d "$dir/secrets" || -M "$dir/secrets" > 20;
	# Copied under the lock: another test may be about to renew it.
	return ("$dir/pg-$name", "$dir/secrets", $lock);
}

sub _hs256 ($claims, $secret) {
	my $in = join '.', map {
		encode_base64url(JSON::PP->new->canonical->utf8->encode($_))
	} {alg => 'HS256', typ => 'JWT'}, {%$claims,
		iat => int $claims->{iat}, exp => int $claims->{exp}};
	return "$in." . encode_base64url(hmac_sha256($in, $secret));
}

# --- daemons ----------------------------------------------------------------

sub _postgres ($sock_dir, $data, @more) {
	return Maestro::Proc->new(name => 'postgres', user => $pg_user,
		stop => 'INT', log => "$sock_dir/postgres.log", argv => [
		"$pg_bin/postgres", '-D', $data, '-k', $sock_dir,
		map { ('-c', $_) } 'listen_addresses=', 'fsync=off',
		'wal_level=logical', 'max_connections=60',
		'shared_buffers=32MB', 'max_wal_size=64MB',
		'log_min_messages=warning', 'max_replication_slots=4', @more]);
}

sub _pg_ready ($proc, $data) {
	wait_for('PostgreSQL', sub {
		croak 'PostgreSQL ended: ' . $proc->log_tail if !$proc->alive;
		open my $f, '<', "$data/postmaster.pid" or return 0;
		return scalar grep { /^ready/ } <$f>;
	});
}

# With MAESTRO_MODE=hosted a test that knows nothing of it runs on two
# instances: one plays the project, with the settings asked for, and one works
# on it (t/http/hosted_same.t).
sub new ($class, %o) {
	if (($ENV{MAESTRO_MODE} // '') eq 'hosted' && !exists $o{hosted}) {
		my $home = $class->new(%o, hosted => undef);
		return $class->new(%o, hosted => $home, same => 1,
			users => [], admins => []);
	}
	my $self = bless {%o, owner => $$, proc => {}, user => {}}, $class;
	$self->{user} = $o{hosted}{user} if $o{same};
	_sweep();
	$self->{dir} = File::Temp::tempdir('/tmp/mt-XXXXXX');
	_write("$self->{dir}/owner", $$);
	$live{$self->{dir}} = $self;
	eval {
		$self->_make_folders;
		$self->_start_all if $o{start} // 1;
		1;
	} or do {
		my $error = $@;
		$self->shutdown;
		die $error;
	};
	return $self;
}

# Folders of tests that were killed outright.
sub _sweep {
	for my $file (glob '/tmp/mt-*/owner') {
		my $pid = eval { _read($file) } or next;
		remove_tree(dirname $file) if !kill(0, $pid) && $!{ESRCH};
	}
}

sub _give ($self, @paths) {
	return if !$is_root;
	my ($uid, $gid) = (getpwnam $web_user)[2, 3];
	chown $uid, $gid, @paths;
}

sub _make_folders ($self) {
	my $d = $self->{dir};
	chmod 0755, $d;
	mkdir "$d/$_" or croak "$d/$_: $!"
		for qw(run log mail store redis nginx secrets pgrun);
	# The sanitizers' reports are written by the workers.
	chmod 01777, "$d/log";
	$self->_give(map { "$d/$_" } qw(mail store redis secrets));
	chown((getpwnam $pg_user)[2, 3], "$d/pgrun") if $is_root;
	my ($pg, $secrets, $lock) = _template();
	_run('cp', '-a', '--reflink=auto', $pg, "$d/pg")
		if !$self->{hosted};
	# A second instance of one project shares the project's keys.
	$secrets = $self->{hosted}{dir} . '/secrets' if $self->{hosted};
	_run('sh', '-c', "cp $secrets/* $d/secrets/");
	chmod 0600, glob "$d/secrets/*";
	$self->_give(glob "$d/secrets/*");
	# Unlocked by word: processes forked since share the open file.
	flock $lock, LOCK_UN;
	close $lock;
	$self->{$_} = _read("$d/secrets/$_")
		for qw(anon-key service-role-key jwt-secret);
	$self->{share} = $top;
	if ($is_root && !_reachable($top)) {
		mkdir "$d/share";
		_run('cp', '-a', "$top/templates", "$top/static", "$d/share/");
		$self->{share} = "$d/share";
	}
	$self->{port} = _free_port();
	$self->{http_port} = _free_port();
	$self->{pg_port} = _free_port() if $self->{tcp};
	$self->_write_conf;
	$self->_write_nginx;
}

sub database_url ($self, $role = 'authenticator') {
	return $self->{hosted}->database_url($role) if $self->{hosted};
	my $port = $self->{tcp} ? " port=$self->{pg_port}" : '';
	return "host=$self->{dir}/pgrun$port dbname=maestro user=$role";
}

# For clients that know no sockets.
sub tcp_url ($self, $role, $database = 'maestro') {
	return "postgresql://$role\@127.0.0.1:$self->{pg_port}/$database"
		. '?sslmode=disable';
}

sub _write_conf ($self) {
	my $d = $self->{dir};
	my %c = (
		site_url => $self->url,
		run_dir => "$d/run",
		log_level => 'info',
		web_workers => $self->{web_workers} // 4,
		io_workers => $self->{io_workers} // 2,
		database_url => $self->database_url,
		migrate_database_url => $self->database_url('maestro_owner'),
		sql_dir => "$top/sql",
		redis_url => "unix://$d/run/redis.sock",
		templates_dir => "$self->{share}/templates",
		static_dir => "$self->{share}/static",
		jwt_keys_file => "$d/secrets/jwt-keys.json",
		jwt_secret_file => "$d/secrets/jwt-secret",
		mail_dir => "$d/mail",
		store_dir => "$d/store",
		store_fsync => 'false',
		mailer_autoconfirm => 'true',
	);
	$c{user} = $web_user if $is_root;
	$c{redis_url} = '' if exists $self->{redis} && !$self->{redis};
	if (my $p = $self->{hosted}) {
		delete @c{qw(jwt_keys_file jwt_secret_file)};
		%c = (%c, supabase_enabled => 'true',
			supabase_url => $p->http_url,
			supabase_anon_key_file => "$d/secrets/anon-key",
			supabase_service_role_key_file =>
				"$d/secrets/service-role-key",
			supabase_jwt_secret_file => "$d/secrets/jwt-secret");
	}
	%c = (%c, %{$self->{conf} // {}});
	_write("$d/maestro.conf",
		join '', map { "$_ = $c{$_}\n" } sort keys %c);
}

sub _write_nginx ($self) {
	my $d = $self->{dir};
	my %v = (
		run_dir => "$d/run", log_dir => "$d/log", tls_dir => "$d/secrets",
		store_dir => "$d/store", data_dir => $self->{share},
		nginx_dir => "$d/nginx", nginx_workers => 1,
		nginx_user => $is_root ? "user $web_user;" : '',
		https_listen => "127.0.0.1:$self->{port}",
		hsts => 'max-age=31536000',
		more_servers => ($self->{nginx} // '') . <<"END",
	server {
		listen unix:$d/run/http.sock;
		listen 127.0.0.1:$self->{http_port};
		set_real_ip_from unix:;
		real_ip_header X-Test-Ip;
		access_log $d/log/nginx-access.log maestro;
		include $d/nginx/locations.conf;
	}
END
	);
	for my $in (glob "$top/nginx/*.conf.in") {
		my $text = _read($in)
			=~ s{\@(\w+)\@}{$v{$1} // die "$in: \@$1\@"}ger;
		_write("$d/nginx/" . ($in =~ m{([^/]+)\.in$})[0], $text);
	}
}

my %starters = (
	postgres => sub ($self) {
		return if $self->{hosted};
		my $p = _postgres("$self->{dir}/pgrun", "$self->{dir}/pg",
			$self->{tcp} ? ('listen_addresses=127.0.0.1',
				"port=$self->{pg_port}") : (),
			@{$self->{pg} // []});
		return ($p, sub { _pg_ready($p, "$self->{dir}/pg") });
	},
	redis => sub ($self) {
		return if exists $self->{redis} && !$self->{redis};
		my $sock = "$self->{dir}/run/redis.sock";
		unlink $sock;
		my $p = $self->_daemon('redis', $web_user, 'TERM',
			'redis-server', '--port', 0, '--unixsocket',
			"$self->{dir}/redis/redis.sock", '--unixsocketperm',
			777, '--save', '', '--appendonly', 'no', '--dir',
			"$self->{dir}/redis");
		return ($p, sub {
			symlink "../redis/redis.sock", $sock;
			$self->_socket_ready($p, $sock);
		});
	},
	web => sub ($self) {
		my $p = $self->_daemon('web', undef, 'TERM',
			"$build/maestro-web", '-c', "$self->{dir}/maestro.conf");
		# Not by connecting: a silent client costs a worker two seconds.
		return ($p, sub {
			wait_for('maestro-web', sub {
				croak "maestro-web ended:\n" . $p->log_tail
					if !$p->alive;
				return -S "$self->{dir}/run/io.sock";
			});
			$self->_answers if $self->{proc}{nginx};
		});
	},
	nginx => sub ($self) {
		unlink "$self->{dir}/run/http.sock";
		my $p = $self->_daemon('nginx', undef, 'TERM', 'nginx', '-e',
			"$self->{dir}/log/nginx.log", '-c',
			"$self->{dir}/nginx/private.conf");
		return ($p, sub {
			$self->_socket_ready($p, "$self->{dir}/run/http.sock");
		});
	},
);
my @order = qw(postgres redis web nginx);

sub _daemon ($self, $name, $user, $stop, @argv) {
	my $d = $self->{dir};
	return Maestro::Proc->new(name => $name, user => $user, stop => $stop,
		log => "$d/log/$name.log", argv => \@argv, env => {
		ASAN_OPTIONS => "log_path=$d/log/asan:detect_leaks=1:"
			. 'abort_on_error=0:exitcode=66',
		UBSAN_OPTIONS => "log_path=$d/log/ubsan:print_stacktrace=1",
		%{$self->{env} // {}}});
}

sub _socket_ready ($self, $proc, $path) {
	wait_for("$proc->{name} at $path", sub {
		croak "$proc->{name} ended:\n" . $proc->log_tail
			if !$proc->alive;
		return IO::Socket::UNIX->new(Peer => $path);
	});
}

sub _start_all ($self) {
	my @ready = map { $self->_launch($_) } @order;
	$_->() for @ready;
	$self->_answers;
	$self->_add_users;
}

sub _answers ($self) {
	wait_for('maestro-web to answer', sub {
		croak "maestro-web ended:\n" . $self->{proc}{web}->log_tail
			if !$self->{proc}{web}->alive;
		my $r = eval { $self->http->get('/health', timeout => 5) };
		return $r && $r->status == 200;
	});
}

sub _launch ($self, $name) {
	my ($proc, $ready) = $starters{$name}->($self) or return;
	$self->{proc}{$name} = $proc;
	return $ready;
}

# What a test does to its maestro it does to the project too, when it knows of
# none (see new).
sub _both ($self) { ($self->{same} ? $self->{hosted} : (), $self) }

sub start ($self, @names) {
	$self->{hosted}->start(@names) if $self->{same};
	my @ready = map { $self->_launch($_) } @names ? @names : @order;
	$_->() for @ready;
}

sub stop ($self, $name, $sig = undef) {
	$self->{hosted}->stop($name, $sig) if $self->{same};
	my $p = $self->{proc}{$name} or return;
	$p->end($sig // $p->{stop});
	# A postmaster killed outright leaves its pid file; nobody lives there.
	unlink "$self->{dir}/pg/postmaster.pid"
		if $name eq 'postgres' && $sig && $sig eq 'KILL';
}

sub proc ($self, $name) { $self->{proc}{$name} }
sub pid ($self, $name) { $self->{proc}{$name}->pid }
sub reload ($self) {
	$_->{proc}{web}->signal('HUP') for $self->_both;
}

# The most memory a worker ever held.
sub peak_kb ($self) {
	my $most = 0;
	for my $pid (split ' ', `pgrep -P @{[$self->pid('web')]}`) {
		open my $f, '<', "/proc/$pid/status" or next;
		my ($kb) = map { /^VmHWM:\s+(\d+)/ ? $1 : () } <$f>;
		$most = $kb if $kb && $kb > $most;
	}
	return $most;
}

# More settings, from the next start or reload on.
sub set_conf ($self, %c) {
	for my $m ($self->_both) {
		$m->{conf} = {%{$m->{conf} // {}}, %c};
		$m->_write_conf;
	}
}

# --- who asks ---------------------------------------------------------------

sub dir ($self) { $self->{dir} }
sub url ($self) { "https://localhost:$self->{port}" }
sub http_url ($self) { "http://127.0.0.1:$self->{http_port}" }
# The instance that holds accounts and objects.
sub home ($self) { $self->{hosted} // $self }
sub mail_dir ($self) { $self->home->{dir} . '/mail' }
sub store_dir ($self) { $self->home->{dir} . '/store' }
sub issuer ($self) { $self->home->url . '/auth/v1' }
sub ca_file ($self) { "$self->{dir}/secrets/cert.pem" }
sub anon_key ($self) { $self->{'anon-key'} }
sub service_key ($self) { $self->{'service-role-key'} }

sub http ($self) {
	return Maestro::Http->new(socket => "$self->{dir}/run/http.sock");
}

sub browser ($self) {
	my $h = $self->http;
	$h->{cookies} = {};
	return $h;
}

sub _bearer ($self, $token, $apikey) {
	return $self->http->with(headers => {
		Authorization => "Bearer $token", apikey => $apikey});
}

sub anon ($self) { $self->_bearer(($self->anon_key) x 2) }
sub service ($self) { $self->_bearer(($self->service_key) x 2) }
sub as ($self, $name) {
	return $self->_bearer($self->user($name)->{token}, $self->anon_key);
}

# {id, email, password, token, refresh_token, session_id}
sub user ($self, $name) {
	my $home = $self->{hosted} // $self;
	my $u = $home->{user}{$name} // $self->{user}{$name}
		or croak "no user $name: new(users => [...])";
	$self->_sign_in($u) if !$u->{token};
	return $u;
}

# A token signed with the HS256 secret: claims as the test wants them.
sub mint ($self, %claims) {
	return _hs256({aud => 'authenticated', role => 'authenticated',
		iat => time, exp => time + 3600, %claims},
		$self->{'jwt-secret'});
}

sub _sign_in ($self, $u) {
	my $r = $self->anon->post('/auth/v1/token?grant_type=password',
		{email => $u->{email}, password => $u->{password}});
	croak "cannot sign in $u->{email}: " . $r->bytes if $r->status != 200;
	my $j = $r->json;
	$u->{token} = $j->{access_token};
	$u->{refresh_token} = $j->{refresh_token};
}

# Accounts straight into the tables: a sign-up per user and file would cost
# more than the test.  bcrypt at its lowest cost; the names are the tests'.
sub _add_users ($self) {
	my $db = $self->{hosted} // $self;
	my %admin = map { $_ => 1 } @{$self->{admins} // []};
	my $sql = '';
	for my $name (@{$self->{users} // []}, @{$self->{admins} // []}) {
		my $password = "correct horse $name";
		my $hash = crypt $password, '$2a$04$abcdefghijklmnopqrstuu';
		my $id = sprintf '%s-%s-4%s-8%s-%s', unpack 'A8A4A3A3A12',
			sha256_hex("user $name");
		my $email = "$name\@example.test";
		my $app = JSON::PP->new->canonical->encode({
			provider => 'email', providers => ['email'],
			$admin{$name} ? (platform_role => 'admin') : ()});
		$self->{user}{$name} = {id => $id, email => $email,
			password => $password, name => $name};
		$sql .= <<"END";
insert into auth.users (instance_id, id, aud, role, email, encrypted_password,
  email_confirmed_at, confirmation_token, recovery_token,
  email_change_token_new, email_change, raw_app_meta_data, raw_user_meta_data,
  created_at, updated_at)
values ('00000000-0000-0000-0000-000000000000', '$id', 'authenticated',
  'authenticated', '$email', '$hash', now(), '', '', '', '', '$app',
  '{"name": "$name"}', now(), now());
insert into auth.identities (provider_id, user_id, identity_data, provider,
  last_sign_in_at, created_at, updated_at)
values ('$id', '$id', '{"sub": "$id", "email": "$email",
  "email_verified": true}', 'email', now(), now(), now());
END
	}
	$db->psql("begin;\n$sql commit;") if $sql;
}

# --- the database -----------------------------------------------------------

# Rows as text, columns separated by |; dies when a statement fails.
sub psql ($self, $sql, $role = $pg_super) {
	my ($out, $error) = $self->psql_try($sql, $role);
	croak "psql: $error" if $error;
	return $out;
}

# (output, error text)
sub psql_try ($self, $sql, $role = $pg_super) {
	my $in = File::Temp->new(TEMPLATE => 'mt-sql-XXXXXX', TMPDIR => 1);
	print $in $sql;
	close $in;
	my $err = "$in.err";
	my $url = $self->database_url($role);
	my $out = `psql -XqAt -v ON_ERROR_STOP=1 -d '$url' -f '$in' 2>'$err'`;
	my $error = $? ? _read($err) || "exit $?" : '';
	unlink $err;
	chomp $out;
	utf8::decode($out);
	return ($out, $error);
}

sub redis_cli ($self, @words) {
	my $out = _run('redis-cli', '-s', "$self->{dir}/run/redis.sock", @words);
	chomp $out;
	return $out;
}

# Text of a log: web, nginx, postgres, nginx-access, nginx-error.
sub log ($self, $name) {
	return _read($name eq 'postgres' ? "$self->{dir}/pgrun/postgres.log"
		: "$self->{dir}/log/$name.log");
}

# --- the end ----------------------------------------------------------------

# What AddressSanitizer and friends had to say.
sub sanitizer_reports ($self) {
	return map { _read($_) }
		glob "$self->{dir}/log/asan.* $self->{dir}/log/ubsan.*";
}

sub shutdown ($self) {
	return if !$self->{dir} || $self->{owner} != $$;
	my $dir = $self->{dir};
	$self->{proc}{$_} && $self->{proc}{$_}->end for qw(nginx web redis);
	$self->{proc}{postgres} && $self->{proc}{postgres}->end;
	for my $report ($self->sanitizer_reports) {
		print STDERR "# $_\n" for split /\n/, $report;
		$self->{failed} = $main::maestro_failed = 1;
	}
	if ($ENV{MAESTRO_KEEP}) {
		print STDERR "# kept: $dir\n";
	} else {
		remove_tree($dir, {error => \my $ignored});
	}
	delete $live{$dir};
	delete $self->{dir};
}

sub DESTROY ($self) {
	local ($?, $!, $@);
	$self->shutdown;
}

@SIG{qw(INT TERM HUP)} = (sub { exit 130 }) x 3;

END {
	my $rc = $?;
	my @all = grep { $_ && $_->{owner} == $$ } values %live;
	if (@all && eval { !Test::More->builder->is_passing }) {
		for my $m (@all) {
			my @bad = grep { /lvl=(error|warn)/ }
				split /\n/, eval { $m->log('web') } // '';
			print STDERR "# web: $_\n" for @bad > 15 ?
				@bad[-15 .. -1] : @bad;
		}
	}
	$_->shutdown for @all;
	$? = $rc || ($main::maestro_failed ? 1 : 0);
}

1;
