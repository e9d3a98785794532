package Peers;

# What maestro is compared with, behind the same nginx and TLS: an Express
# server on the same tables (peer/server.mjs) and a FastCGI application that
# sends every download off without a question (xaccel.c).
#
#   my $peers = Peers->new(build => DIR);
#   my $m = Maestro::Test->new(nginx => $peers->nginx, ...);
#   $peers->start($m, $bytes);
#   $peers->express_url, $peers->file_url
#
# Without node, or the modules of peer/package-lock.json, there is no Express
# server; has_express says so.  They end with the object.
use v5.36;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp ();
use Maestro::Proc;
use Maestro::Test;

my $here = dirname abs_path(__FILE__);
my $processes = 12; # as the web pool has, which answers downloads

sub new ($class, %o) {
	my $dir = File::Temp->newdir('/tmp/mt-peers-XXXXXX');
	chmod 0755, $dir;
	return bless {%o, dir => $dir,
		map { ($_ => Maestro::Test::_free_port()) } qw(express file),
	}, $class;
}

sub has_express ($self) {
	return -d "$here/peer/node_modules/express"
		&& !system('command -v node >/dev/null');
}
sub express_url ($self) { "https://localhost:$self->{express}" }
sub file_url ($self) { "https://localhost:$self->{file}" }

sub pids ($self) { map { $_->pid } values %{$self->{proc} // {}} }

# For http {}; what is relative is found beside the nginx.conf of the test.
sub nginx ($self) {
	my $dir = $self->{dir};
	my $tls = <<"END";
		ssl_certificate     ../secrets/cert.pem;
		ssl_certificate_key ../secrets/key.pem;
		ssl_protocols TLSv1.2 TLSv1.3;
		access_log $dir/access.log maestro;
		include headers.conf;
END
	return <<"END";
	upstream bench_express {
		server unix:$dir/express.sock;
		keepalive 32;
	}
	server {
		listen 127.0.0.1:$self->{express} ssl http2;
$tls
		location / {
			proxy_pass http://bench_express;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
		}
	}
	server {
		listen 127.0.0.1:$self->{file} ssl http2;
$tls
		include fastcgi.conf;
		location / {
			fastcgi_pass unix:$dir/xaccel.sock;
		}
		location /_file/ {
			internal;
			alias $dir/;
			tcp_nopush on;
		}
	}
END
}

sub _launch ($self, $name, $m, %o) {
	my $socket = "$self->{dir}/$name.sock";
	my $proc = $self->{proc}{$name} = Maestro::Proc->new(name => $name,
		log => "$self->{dir}/$name.log", %o);
	Maestro::Test::wait_for($name, sub {
		die "$name ended: " . $proc->log_tail if !$proc->alive;
		return -S $socket && (stat _)[2] & 2;
	});
}

sub start ($self, $m, $bytes) {
	open my $f, '>', "$self->{dir}/hundred" or die "hundred: $!";
	print $f $bytes;
	close $f or die "hundred: $!";
	$self->_launch('xaccel', $m, argv => ["$self->{build}/t/bench/xaccel",
		"$self->{dir}/xaccel.sock", $processes, '/_file/hundred']);
	return if !$self->has_express;
	my ($host) = $m->database_url =~ /host=(\S+)/;
	$self->_launch('express', $m, argv => ['node', "$here/peer/server.mjs"],
		env => {NODE_ENV => 'production', PEER_DATABASE => $host,
		PEER_SOCKET => "$self->{dir}/express.sock",
		PEER_KEYS => $m->dir . '/secrets/jwt-keys.json',
		PEER_SECRET => $m->dir . '/secrets/jwt-secret'});
}

sub DESTROY ($self) {
	local ($?, $!, $@);
	$_ && $_->end for values %{$self->{proc} // {}};
}

1;
